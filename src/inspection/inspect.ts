import type { Model } from '../engine/model.js';
import type { TextPair } from '../engine/types.js';
import { InputError } from '../errors/errors.js';
import { sigmoid } from '../math/sigmoid.js';
import { finish, type Steps } from '../tokenizer/steps.js';
import type { PlacedPair } from '../tokenizer/tokenized.js';
import { findSegments, type TokenSegment } from './attribution/segments.js';
import type { Inspection, InspectOptions, MeasuredPair, Measurement, TextSpan } from './inspection.js';
import { measure } from './measure.js';

/**
 * Inspects one pair, as {@link measure} does, and joins the numbers with the texts.
 *
 * @throws InputError for a model of several labels: it has no single logit to explain.
 */
export async function inspect(
  model: Model,
  pair: TextPair,
  options: InspectOptions = {},
): Promise<Inspection> {
  const prepared = finish(prepareInspection(model, pair));
  return present(model, prepared, await measure(model, prepared.measured, options));
}

/** A pair with everything that {@link present} needs to know about its texts. */
export interface PreparedInspection {
  readonly texts: TextPair;
  readonly placed: PlacedPair;
  readonly words: readonly TokenSegment[];
  readonly sentences: readonly TokenSegment[];
  readonly measured: MeasuredPair;
}

/** Encodes a pair as tokens, words and sentences, in steps. @throws InputError for a model of several labels. */
export function* prepareInspection(model: Model, { query, document }: TextPair): Steps<PreparedInspection> {
  const { config, info } = model;
  if (config.numLabels !== 1) {
    throw new InputError(
      `${info.model} has ${config.numLabels} labels; an inspection explains the one logit of a reranker.`,
    );
  }
  const texts = { query, document };
  const placed = yield* model.placeTokensSteps(texts);
  const words = findSegments(placed, texts, 'word');
  const sentences = findSegments(placed, texts, 'sentence');
  const own = sentences.filter(({ part }) => part === 'document');
  const encoded = yield* model.encodeSteps(own.map(({ text }) => ({ query, document: text })));
  const measured = {
    inputIds: placed.inputIds,
    parts: placed.tokens.map(({ part }) => part),
    words: words.map(({ tokens }) => tokens),
    sentences: sentences.map(({ tokens }) => tokens),
    alone: sentences.map((sentence) => encoded[own.indexOf(sentence)]?.windows[0]?.inputIds ?? null),
  };
  return { texts, placed, words, sentences, measured };
}

/** Makes an inspection of a pair's numbers. */
export function present(
  { info, config }: Pick<Model, 'info' | 'config'>,
  { texts, placed, words, sentences }: PreparedInspection,
  { logit, aloneLogits, ...numbers }: Measurement,
): Inspection {
  return {
    pair: texts,
    model: {
      name: info.model,
      backend: info.backend.description,
      dtype: info.dtype,
      layers: config.numHiddenLayers,
      heads: config.numAttentionHeads,
      maxLength: info.maxLength,
      truncation: info.truncation,
    },
    logit,
    score: sigmoid(logit),
    tokens: placed.tokens,
    cut: [...placed.queryCut, ...placed.documentCut],
    words: words.map(toSpan),
    sentences: sentences.map((sentence, i) => ({ ...toSpan(sentence), aloneLogit: aloneLogits[i] ?? null })),
    attributions: numbers.attributions,
    depth: numbers.depth,
    logitShares: numbers.logitShares,
    attention: numbers.attention,
    timing: numbers.timing,
  };
}

function toSpan({ part, start, end }: TokenSegment): TextSpan {
  return { part, start, end };
}
