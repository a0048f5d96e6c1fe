import type { Batch } from '../batching/batch.js';
import type { LoadedLayers } from '../engine/load-layers.js';
import type { Model } from '../engine/model.js';
import { openPrepared, type PreparedModel } from '../engine/open.js';
import { InternalError } from '../errors/errors.js';
import { countTensors } from '../kernels/memory.js';
import { answerCalls, type Handler } from './calls.js';
import type { Port } from './port.js';
import { Turns } from './turns.js';

/** The call that loads a model in a process: everything about a model that is plain data. */
export type LoadCall = Pick<PreparedModel, 'about' | 'layers'>;

/** The answer to it. */
export type LoadAnswer = Omit<LoadedLayers, 'classifier' | 'checkpoint'>;

/** A computed batch, and the state of the process after it. */
export interface BatchResult {
  /** [batch][labels], float32 values. */
  readonly logits: number[][];
  readonly computeMs: number;
  /** Tensors alive in the thread. */
  readonly tensors: number;
  readonly rssBytes: number;
}

/** The state of a process when it answers other calls. */
export interface LoadedModel {
  /** It has its layers, but no tokenizer. */
  readonly model: Model;
  readonly call: LoadCall;
}

/**
 * Turns this process into one that holds the layers of a model. It keeps nothing between calls.
 *
 * @param port to the caller, which sends token ids, never texts.
 * @param others further calls by name; each gets the loaded model when it is called.
 */
export function answerAsModel(
  port: Port,
  others: (loaded: () => LoadedModel) => Readonly<Record<string, Handler>> = () => ({}),
): void {
  let current: LoadedModel | undefined;
  const loaded = (): LoadedModel => {
    if (current === undefined) {
      throw new InternalError('The process has no model yet.');
    }
    return current;
  };
  const turns = new Turns();
  answerCalls(port, {
    load: async (call: LoadCall, progress): Promise<LoadAnswer> => {
      const model = await openPrepared(call, progress);
      current = { model, call };
      const { backend, warnings } = model.info;
      return { backend, warnings, maxBatchTokens: model.maxBatchTokens };
    },
    run: (batch: Batch) =>
      turns.take(async (): Promise<BatchResult> => {
        const startedAt = performance.now();
        const logits = await loaded().model.run(batch);
        const computeMs = performance.now() - startedAt;
        return { logits, computeMs, tensors: countTensors(), rssBytes: process.memoryUsage.rss() };
      }),
    ...others(loaded),
  });
}
