import { OpenModel } from '../../engine/open-model.js';
import { OverloadedError } from '../../errors/errors.js';
import { attributeTokens } from '../../inspection/attribution/attribution.js';
import type { InspectedRanking } from '../../inspection/inspection.js';
import { inspectRanking } from '../../inspection/rank-inspections.js';
import { answerAsModel, type ModelInProcess } from '../../process/answer-as-model.js';
import type { ExplainCall, ExplainMethod, InspectCall } from './explain-calls.js';
import type { Explanation } from './explainer.js';

// The entry of a child process that scores, and explains its scores.
answerAsModel((loaded) => {
  const open = modelOpener(loaded);
  return {
    explain: ({ pair, kept, method, timeoutMs }: ExplainCall): Promise<Explanation> =>
      within(timeoutMs, async (signal) => {
        const model = await open([method]);
        return attributeTokens(model, pair, model.placeRanges(pair, kept), { method, signal });
      }),
    inspect: ({
      query,
      documents,
      methods,
      maxAttentionBytes,
      timeoutMs,
    }: InspectCall): Promise<InspectedRanking> =>
      within(timeoutMs, async (signal) =>
        inspectRanking(await open(methods, true), query, documents, {
          methods,
          maxAttentionBytes,
          counterfactuals: false, // how much they cost is not known before
          signal,
        }),
      ),
  };
});

/**
 * The model that scores, where it can tell what is asked; else a copy of it with float32 weights, made for gradients and
 * in this thread, which is loaded when it is first needed.
 */
function modelOpener(loaded: () => ModelInProcess) {
  let copy: Promise<OpenModel> | undefined;
  return (methods: readonly ExplainMethod[], withLayers = false): Promise<OpenModel> => {
    const { scorer, call } = loaded();
    const hidesLayers = (call.options.threads ?? 1) > 1;
    if (!methods.includes('integrated_gradients') && !(withLayers && hidesLayers)) {
      return Promise.resolve(OpenModel.of(scorer));
    }
    const { threads: _, ...options } = call.options;
    copy ??= OpenModel.load(call.model, { ...options, dtype: 'float32', differentiable: true }).catch(
      (error) => {
        copy = undefined;
        throw error;
      },
    );
    return copy;
  };
}

/** @throws OverloadedError when the time is over. */
async function within<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(Math.max(Math.floor(timeoutMs), 0));
  try {
    return await work(signal);
  } catch (error) {
    if (signal.aborted) {
      throw new OverloadedError(`It was not explained within ${(timeoutMs / 1000).toFixed(1)} s.`, 0);
    }
    throw error;
  }
}
