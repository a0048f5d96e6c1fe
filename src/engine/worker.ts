import { parentPort } from 'node:worker_threads';
import type { Batch } from '../batching/batch.js';
import { answerCalls } from '../calls/calls.js';
import { InternalError } from '../errors/errors.js';
import { ModelRunner } from './model-runner.js';
import type { LoadAnswer, LoadArgument } from './worker-runner.js';

/** The entry of a worker thread: holds one model and computes the batches that it is sent. */
function serve(): void {
  const parent = parentPort;
  if (parent === null) {
    throw new InternalError('This file is the entry of a worker thread.');
  }
  let runner: ModelRunner | undefined;
  const port = {
    send: (message: unknown) => parent.postMessage(message),
    onMessage: (listener: (message: unknown) => void) => parent.on('message', listener),
    onEnd: () => {}, // this thread ends with the other
    keepAlive: () => {},
    close: () => parent.close(),
  };
  answerCalls(port, {
    load: async ({ folder, config, options }: LoadArgument, progress): Promise<LoadAnswer> => {
      runner = await ModelRunner.load(folder, config, options, progress);
      const { backend, warnings } = runner;
      return { backend, warnings };
    },
    run: async (batch: Batch) => {
      if (runner === undefined) {
        throw new InternalError('The worker has no model yet.');
      }
      return runner.run(batch);
    },
  });
}

serve();
