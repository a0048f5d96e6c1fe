import type { Model } from '../../engine/model.js';
import type { TextPair } from '../../engine/types.js';
import {
  DEFAULT_REPLACEMENT,
  type InteractionOptions,
  type Interactions,
  type TextSegment,
} from './attribution-types.js';
import { labelLogits } from './label-logits.js';
import { replacementId, takeOut } from './occlusion.js';
import { findSegments, type TokenSegment } from './segments.js';

/**
 * The second difference of the logit when a word of the query, one of the document, and both are removed: the pairwise
 * effect of Tsang et al. 2020 (Archipelago), in the context of the whole pair. Each cell takes a forward pass, in
 * batches; so only the words with the largest effect on their own are used.
 */
export async function interactions(
  model: Model,
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
  const pair = model.placeTokens(texts);
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
