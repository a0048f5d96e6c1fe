import type { Model } from '../../engine/model.js';
import { openPrepared } from '../../engine/open.js';
import { OverloadedError } from '../../errors/errors.js';
import { attributeTokens } from '../../inspection/attribution/attribution.js';
import type { Attribution } from '../../inspection/attribution/attribution-types.js';
import type { Measurement } from '../../inspection/inspection.js';
import { measure } from '../../inspection/measure.js';
import { answerAsModel, type LoadedModel } from '../../process/answer-as-model.js';
import { connectToParent } from '../../process/child-process.js';
import type { ExplainCall, ExplainMethod, InspectCall } from './explain-calls.js';

// The entry of a child process that computes batches and explains logits.
answerAsModel(connectToParent(), (loaded) => {
  const choose = modelChooser(loaded);
  return {
    explain: ({ tokens, method, timeoutMs }: ExplainCall): Promise<Attribution> =>
      within(timeoutMs, async (signal) => {
        const model = await choose([method]);
        return attributeTokens(model, tokens, { method, signal });
      }),
    inspect: ({ pairs, methods, maxAttentionBytes, timeoutMs }: InspectCall): Promise<Measurement[]> =>
      within(timeoutMs, async (signal) => {
        const model = await choose(methods);
        const bytes = Math.floor(maxAttentionBytes / pairs.length);
        const measured: Measurement[] = [];
        for (const pair of pairs) {
          measured.push(await measure(model, pair, { methods, maxAttentionBytes: bytes, signal }));
        }
        return measured;
      }),
  };
});

/** The model that scores. For gradients: a copy of it with float32 weights, loaded at first use. */
function modelChooser(loaded: () => LoadedModel) {
  let copy: Promise<Model> | undefined;
  return (methods: readonly ExplainMethod[]): Promise<Model> => {
    const { model, call } = loaded();
    if (!methods.includes('integrated_gradients')) {
      return Promise.resolve(model);
    }
    const layers = { ...call.layers, dtype: 'float32' as const, differentiable: true };
    const about = { ...call.about, dtype: 'float32' as const };
    copy ??= openPrepared({ about, layers }).catch((error) => {
      copy = undefined;
      throw error;
    });
    return copy;
  };
}

/** @throws OverloadedError if the time is over. */
async function within<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(Math.max(Math.floor(timeoutMs), 0));
  try {
    return await work(signal);
  } catch (error) {
    if (error === signal.reason) {
      throw new OverloadedError(`It was not explained within ${(timeoutMs / 1000).toFixed(1)} s.`, 0);
    }
    throw error;
  }
}
