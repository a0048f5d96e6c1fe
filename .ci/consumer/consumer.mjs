import { Reranker } from 'tfjs-reranker';

const reranker = await Reranker.load(undefined, { backend: 'wasm' });
const [best] = await reranker.rank('capital of France', [
  'Bananas are yellow.',
  'Paris is the capital of France.',
]);
reranker.dispose();
if (best.index !== 1) {
  throw new Error(`ranked ${JSON.stringify(best)} first`);
}
console.log('import:', best);
