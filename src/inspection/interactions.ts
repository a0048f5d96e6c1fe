import type { OpenModel } from '../reranker/open-model.js';
import type { TextPair } from '../reranker/scorer.js';
import {
  DEFAULT_REPLACEMENT,
  type LongCallOptions,
  type Replacement,
  type TextSegment,
} from './attribution-types.js';
import { labelLogits } from './label-logits.js';
import { replacementId, takeOut } from './occlusion.js';
import { findSegments, type TokenSegment } from './segments.js';

/** Options of {@link interactions}. */
export interface InteractionOptions extends LongCallOptions {
  /** Words of the query that are looked at, those with the largest effect by themselves. Default 8. */
  readonly queryWords?: number | undefined;
  /** Words of the document that are looked at, likewise. Default 24. */
  readonly documentWords?: number | undefined;
  /** What comes in the words' place. */
  readonly replacement?: Replacement | undefined;
  /** Which logit, for models of several labels. Default 0. */
  readonly label?: number | undefined;
}

/** Which word of the query works with which word of the document. */
export interface Interactions {
  readonly logit: number;
  /** In the text's order; the value is what the logit loses without the word. */
  readonly query: readonly TextSegment[];
  readonly document: readonly TextSegment[];
  /**
   * [query][document]: f(ab) - f(a) - f(b) + f(0) with the rest of the pair as it is, in logits. Positive: both together
   * give more than each by itself, as a word and its answer do. Negative: one does what the other would.
   */
  readonly values: readonly (readonly number[])[];
}

/**
 * The second difference of the logit by taking out a word of the query, one of the document, and both: the pairwise
 * effect of Tsang et al. 2020 (Archipelago), in the context of the whole pair. A forward pass for each cell, in batches;
 * so the words with the largest effect by themselves are looked at.
 */
export async function interactions(
  model: OpenModel,
  texts: TextPair,
  {
    queryWords = 8,
    documentWords = 24,
    replacement = DEFAULT_REPLACEMENT,
    label = 0,
    signal,
    onProgress,
  }: InteractionOptions = {},
): Promise<Interactions> {
  const pair = model.explain(texts);
  const id = replacementId(model, replacement);
  const words = findSegments(pair, texts, 'word');
  const cells = (part: TextSegment['part'], most: number) =>
    Math.min(most, words.filter((word) => word.part === part).length);
  const total = 1 + words.length + cells('query', queryWords) * cells('document', documentWords);
  const logitsWithout = (groups: readonly (readonly number[])[], before: number) =>
    labelLogits(
      model,
      groups.map((tokens) => takeOut(pair.inputIds, tokens, id)),
      label,
      { signal, onProgress: onProgress && (({ done }) => onProgress({ done: before + done, total })) },
    );

  const alone = await logitsWithout([[], ...words.map(({ tokens }) => tokens)], 0);
  const [logit, ...without] = alone as [number, ...number[]];
  const candidates = words.map((word, i) => ({ word, without: without[i] as number }));
  const strongest = (part: TextSegment['part'], most: number) =>
    candidates
      .filter(({ word }) => word.part === part)
      .sort((x, y) => Math.abs(logit - y.without) - Math.abs(logit - x.without))
      .slice(0, most)
      .sort((x, y) => x.word.start - y.word.start);
  const query = strongest('query', queryWords);
  const document = strongest('document', documentWords);
  const both = await logitsWithout(
    query.flatMap((a) => document.map((b) => [...a.word.tokens, ...b.word.tokens])),
    alone.length,
  );
  return {
    logit,
    query: query.map((a) => segment(a.word, logit - a.without)),
    document: document.map((b) => segment(b.word, logit - b.without)),
    values: query.map((a, i) =>
      document.map((b, j) => logit - a.without - b.without + (both[i * document.length + j] as number)),
    ),
  };
}

function segment({ tokens: _, ...rest }: TokenSegment, value: number): TextSegment {
  return { ...rest, value };
}
