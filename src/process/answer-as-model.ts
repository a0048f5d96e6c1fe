import type { Batch } from '../batching/batch.js';
import { encodePairs } from '../batching/encode-pairs.js';
import { answerCalls, type Handler } from '../calls/calls.js';
import { lineToParent } from '../calls/child-process.js';
import { toErrorMessage } from '../calls/error-message.js';
import { LocalScorer } from '../engine/local-scorer.js';
import { hashWeights } from '../engine/model-hash.js';
import { InternalError } from '../errors/errors.js';
import { resolveModelFolder } from '../hub/resolve.js';
import { countTensors } from '../kernels/memory.js';
import type {
  BatchResult,
  EncodeAnswer,
  EncodeGroup,
  LoadCall,
  LoadedModel,
  TokenizeCall,
} from './model-process.js';
import { Turns } from './turns.js';

/** A model in its process, and how it was loaded. */
export interface ModelInProcess {
  readonly scorer: LocalScorer;
  readonly call: LoadCall;
}

/**
 * Makes this process one that holds a model and its tokenizer, and keeps nothing of a call but its answer.
 *
 * @param others what it answers beside; it computes in batches, between which the event loop gets turns.
 */
export function answerAsModel(
  others: (loaded: () => ModelInProcess) => Readonly<Record<string, Handler>> = () => ({}),
): void {
  let model: ModelInProcess | undefined;
  const loaded = (): ModelInProcess => {
    if (model === undefined) {
      throw new InternalError('The process has no model yet.');
    }
    return model;
  };
  const turns = new Turns();
  // The parent ends this process by closing the line, or by its own end. Signals of a terminal (Ctrl-C reaches the
  // whole group) are for the parent to answer: what it accepted must still be computed.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  answerCalls(lineToParent(), {
    load: async (call: LoadCall, progress): Promise<LoadedModel> => {
      const scorer = await LocalScorer.load(call.model, { ...call.options, onLoadProgress: progress });
      model = { scorer, call };
      return {
        info: scorer.info,
        maxBatchTokens: scorer.maxBatchTokens,
        specialTokensPerPair: scorer.tokenizer.specialTokensPerPair,
        aroundText: scorer.tokenizer.aroundText,
        sha256: await hashWeights(await resolveModelFolder(call.model)),
      };
    },
    encode: (groups: readonly EncodeGroup[]) =>
      turns.take('short', async () => groups.map((group) => encodeGroup(loaded().scorer, group))),
    run: (batch: Batch) =>
      turns.take('long', async (): Promise<BatchResult> => {
        const startedAt = performance.now();
        const logits = await loaded().scorer.run(batch);
        return {
          logits,
          computeMs: performance.now() - startedAt,
          tensors: countTensors(),
          rssBytes: process.memoryUsage.rss(),
        };
      }),
    tokenize: ({ text }: TokenizeCall) =>
      turns.take('short', async () => loaded().scorer.tokenizer.tokenize(text)),
    ...others(loaded),
  });
}

/** What is wrong with one group's texts is that group's alone. */
function encodeGroup({ tokenizer }: LocalScorer, { pairs, options }: EncodeGroup): EncodeAnswer {
  try {
    return { pairs: encodePairs(tokenizer, pairs, options) };
  } catch (error) {
    return { error: toErrorMessage(error) };
  }
}
