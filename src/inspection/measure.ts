import type { Model } from '../engine/model.js';
import { sigmoid } from '../math/sigmoid.js';
import { assertFinite } from '../reranker/scores.js';
import { ATTENTION_PROBS } from './attention/attention.js';
import { packAttention } from './attention/pack-attention.js';
import { attributeTokens, defaultMethod } from './attribution/attribution.js';
import { sumGroups } from './attribution/segments.js';
import type { InspectedAttribution, InspectOptions, MeasuredPair, Measurement } from './inspection.js';
import { SHARED_ACTIVATIONS, sharedWeights, shareLogit } from './trace/logit-shares.js';
import { scoreByDepth } from './trace/score-by-depth.js';
import { traceIds } from './trace/trace.js';

/**
 * Measures everything about one pair that an inspection shows: score, score by depth, the effect of each word and
 * sentence on the logit, the direct contribution of each block of the model and, if requested, every head's attention.
 *
 * @param model with one label; its tokenizer is not used.
 */
export async function measure(
  model: Model,
  pair: MeasuredPair,
  { methods = [defaultMethod(model)], maxAttentionBytes = 0, ...rest }: InspectOptions = {},
): Promise<Measurement> {
  const { inputIds, parts, words, sentences } = pair;
  const timing: { step: string; ms: number }[] = [];
  const timed = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
    rest.signal?.throwIfAborted();
    const startedAt = performance.now();
    const result = await work();
    timing.push({ step, ms: performance.now() - startedAt });
    return result;
  };
  const scores = await timed('score', () => scoreWithSentences(model, pair, rest.signal));
  const depth = await timed('depth', async () => {
    const [{ logits }] = (await scoreByDepth(model, [inputIds], rest.signal)) as [{ logits: number[][] }];
    return logits.map(([logit = 0], layer) => ({ layer, logit, score: sigmoid(logit) }));
  });
  const logitShares = await timed('logit shares', async () => {
    const traced = await traceIds(model, inputIds, SHARED_ACTIVATIONS);
    return shareLogit(traced, await model.readWeights(sharedWeights(model.config)), model.config);
  });
  const attributions: InspectedAttribution[] = [];
  for (const method of methods) {
    attributions.push(
      await timed(method, async () => {
        const of = (segments: typeof words) =>
          attributeTokens(model, { inputIds, parts, segments }, { ...rest, method });
        const { tokens, residual = null } = await of(words);
        // Removing a whole sentence has another effect than removing its words one by one.
        const bySentence = method === 'occlusion' ? (await of(sentences)).tokens : tokens;
        return {
          ...{ method, tokens, residual },
          words: sumGroups(words, tokens),
          sentences: sumGroups(sentences, bySentence),
        };
      }),
    );
  }
  const attention =
    maxAttentionBytes === 0
      ? undefined
      : await timed('attention', async () => {
          const { activations } = await traceIds(model, inputIds, ATTENTION_PROBS);
          const probs = Array.from(activations.values(), ({ data }) => data);
          return packAttention(probs, inputIds.length, maxAttentionBytes);
        });
  return { ...scores, attributions, depth, logitShares, attention, timing };
}

/** The pair's logit, and that of each sentence of the document as a whole document. */
async function scoreWithSentences(
  model: Model,
  { inputIds, alone }: MeasuredPair,
  signal: AbortSignal | undefined,
): Promise<Pick<Measurement, 'logit' | 'aloneLogits'>> {
  const sequences = alone.filter((ids) => ids !== null);
  const logits = await model.scoreSequences([inputIds, ...sequences], { signal });
  assertFinite(logits);
  const [logit, ...others] = logits.map(([first]) => first as number);
  const next = others.values();
  return {
    logit: logit as number,
    aloneLogits: alone.map((ids) => (ids === null ? null : (next.next().value as number))),
  };
}
