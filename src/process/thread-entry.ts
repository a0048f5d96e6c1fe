import { parentPort } from 'node:worker_threads';
import { InternalError } from '../errors/errors.js';
import { answerAsModel } from './answer-as-model.js';

// The entry of a worker thread that computes batches.
const parent = parentPort;
if (parent === null) {
  throw new InternalError('This file is the entry of a worker thread.');
}
answerAsModel({
  send: (message) => parent.postMessage(message),
  onMessage: (listener) => void parent.on('message', listener),
  onEnd: () => {}, // the thread of the caller ends this one
  keepAlive: () => {},
  close: () => parent.close(),
});
