import type { OpenModel } from '../engine/open-model.js';
import type { TextPair } from '../engine/scorer.js';
import { sigmoid } from '../engine/scores.js';
import { InputError } from '../errors/errors.js';
import type { PlacedPair } from '../tokenizer/tokenized.js';
import { ATTENTION_PROBS, PairAttention } from './attention/attention.js';
import { packAttention } from './attention/pack-attention.js';
import { attribute, defaultMethod } from './attribution/attribution.js';
import { findSegments, sumSegments, type TokenSegment } from './attribution/segments.js';
import type { DepthScore, InspectedAttribution, Inspection, InspectOptions } from './inspection.js';
import { type LogitShares, SHARED_ACTIVATIONS, sharedWeights, shareLogit } from './trace/logit-shares.js';
import { scoreByDepth } from './trace/score-by-depth.js';
import { trace } from './trace/trace.js';
import type { TracedPair } from './trace/traced.js';

/**
 * Looks at one pair from all sides: score, score by depth, what each word and sentence did to the logit, what each
 * block of the model wrote towards it and, if asked, where every head looks.
 *
 * @throws InputError for a model of several labels: it has no one logit to explain.
 */
export async function inspect(
  model: OpenModel,
  pair: TextPair,
  { methods = [defaultMethod(model)], maxAttentionBytes = 0, ...rest }: InspectOptions = {},
): Promise<Inspection> {
  if (model.config.numLabels !== 1) {
    throw new InputError(
      `${model.info.model} has ${model.config.numLabels} labels; an inspection explains the one logit of a reranker.`,
    );
  }
  const timing: { step: string; ms: number }[] = [];
  const timed = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
    rest.signal?.throwIfAborted();
    const startedAt = performance.now();
    const result = await work();
    timing.push({ step, ms: performance.now() - startedAt });
    return result;
  };
  const placed = model.tokenize(pair);
  const words = findSegments(placed, pair, 'word');
  const sentences = findSegments(placed, pair, 'sentence');
  const { logit, alone } = await timed('score', () => scoreWithSentences(model, pair, placed, sentences));
  const depth = await timed('depth', () => readDepth(model, pair));
  const logitShares = await timed('logit shares', () => readLogitShares(model, pair));
  const attributions: InspectedAttribution[] = [];
  for (const method of methods) {
    attributions.push(
      await timed(method, async () => {
        const byWord = await attribute(model, pair, { ...rest, method, unit: 'word' });
        // A sentence taken out as a whole is more than its words taken out one by one.
        const bySentence =
          method === 'occlusion'
            ? (await attribute(model, pair, { ...rest, method, unit: 'sentence' })).segments
            : sumSegments(sentences, byWord.tokens);
        return {
          method,
          tokens: byWord.tokens,
          words: byWord.segments.map(({ value }) => value),
          sentences: bySentence.map(({ value }) => value),
          residual: byWord.residual ?? null,
        };
      }),
    );
  }
  const attention =
    maxAttentionBytes === 0
      ? undefined
      : await timed('attention', async () => {
          const [traced] = await trace(model, [pair], { names: ATTENTION_PROBS });
          return packAttention(new PairAttention(traced as TracedPair), maxAttentionBytes);
        });
  return {
    pair: { query: pair.query, document: pair.document },
    model: describeModel(model),
    logit,
    score: sigmoid(logit),
    tokens: placed.tokens,
    cut: [...placed.queryCut, ...placed.documentCut],
    words: words.map(toSpan),
    sentences: sentences.map((sentence, i) => ({ ...toSpan(sentence), aloneLogit: alone[i] ?? null })),
    attributions,
    depth,
    logitShares,
    attention,
    timing,
  };
}

function toSpan({ part, start, end }: TokenSegment): Pick<TokenSegment, 'part' | 'start' | 'end'> {
  return { part, start, end };
}

/** The pair's logit, and that of each sentence of the document as a whole document. */
async function scoreWithSentences(
  model: OpenModel,
  { query }: TextPair,
  { inputIds }: PlacedPair,
  sentences: readonly TokenSegment[],
): Promise<{ logit: number; alone: (number | null)[] }> {
  const own = sentences.filter(({ part }) => part === 'document');
  const encoded = model.encode(own.map(({ text }) => ({ query, document: text })));
  const logits = await model.scoreIds([inputIds, ...encoded.map((pair) => pair.inputIds)]);
  const [logit, ...others] = logits.map(([first]) => first as number);
  return {
    logit: logit as number,
    alone: sentences.map((sentence) => others[own.indexOf(sentence)] ?? null),
  };
}

async function readDepth(model: OpenModel, pair: TextPair): Promise<DepthScore[]> {
  const { pairs } = await scoreByDepth(model, [pair]);
  return (pairs[0]?.logits ?? []).map(([logit = 0], layer) => ({ layer, logit, score: sigmoid(logit) }));
}

async function readLogitShares(model: OpenModel, pair: TextPair): Promise<LogitShares> {
  const [traced] = await trace(model, [pair], { names: SHARED_ACTIVATIONS });
  return shareLogit(traced as TracedPair, await model.readWeights(sharedWeights(model.config)), model.config);
}

function describeModel({ info, config }: OpenModel): Inspection['model'] {
  return {
    name: info.model,
    backend: info.backend.description,
    dtype: info.dtype,
    layers: config.numHiddenLayers,
    heads: config.numAttentionHeads,
    maxLength: info.maxLength,
    truncation: info.truncation,
  };
}
