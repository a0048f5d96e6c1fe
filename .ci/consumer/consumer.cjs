const { Reranker, sigmoid } = require('tfjs-reranker');

if (typeof Reranker.load !== 'function' || sigmoid(0) !== 0.5) {
  throw new Error('require() gave something else');
}
console.log('require: ok');
