import { packAttention } from '../../dist/inspection/attention/pack-attention.js';
import type { Inspection, TextSpan } from '../../dist/inspection/inspection.js';
import { sigmoid } from '../../dist/math/sigmoid.js';
import type { PlacedToken } from '../../dist/tokenizer/tokenized.js';

/** Options of a sample; all have defaults. */
export interface SampleOptions {
  readonly query?: string;
  readonly document?: string;
  readonly layers?: number;
  readonly heads?: number;
  /** Words of the document beyond these are cut. */
  readonly seenWords?: number;
  /** Effects of the document's words; others have 0.1. */
  readonly effects?: Readonly<Record<string, number>>;
  readonly maxAttentionBytes?: number;
}

/**
 * An inspection made without a model: a token for each word, two methods, attention maps that are not empty. Its
 * numbers are consistent, as in a real one.
 */
export function sampleInspection({
  query = 'why do corals turn pale',
  document = 'Corals starve. They turn white!',
  layers = 3,
  heads = 4,
  seenWords = Number.POSITIVE_INFINITY,
  effects = {},
  maxAttentionBytes = 1e6,
}: SampleOptions = {}): Inspection {
  const queryWords = spansOf(query, 'query', /\S+/gu);
  const allWords = spansOf(document, 'document', /\S+/gu);
  const seen = allWords.slice(0, seenWords);
  const words = [...queryWords, ...seen];
  const toToken = ({ part, start, end }: TextSpan, i: number): PlacedToken => ({
    id: 100 + i,
    piece: `▁${(part === 'query' ? query : document).slice(start, end)}`,
    part,
    start,
    end,
  });
  const special = (piece: string): PlacedToken => ({ id: 0, piece, part: 'special', start: 0, end: 0 });
  const tokens = [
    special('<s>'),
    ...queryWords.map(toToken),
    special('</s>'),
    special('</s>'),
    ...seen.map(toToken),
    special('</s>'),
  ];
  const values = words.map(({ part, start, end }) =>
    part === 'query' ? 0.5 : (effects[document.slice(start, end)] ?? 0.1),
  );
  const seenEnd = seen.at(-1)?.end ?? 0;
  const sentences = [
    ...spansOf(query, 'query', /\S.*/gsu),
    ...spansOf(document.slice(0, seenEnd), 'document', /\S[^.!?。]*[.!?。]?/gsu),
  ];
  const sumWithin = ({ part, start, end }: TextSpan): number =>
    words.reduce(
      (sum, word, i) =>
        word.part === part && word.start >= start && word.start < end ? sum + (values[i] ?? 0) : sum,
      0,
    );
  const depth = Array.from({ length: layers + 1 }, (_, layer) => (6 * layer) / layers - 3).map(
    (logit, layer) => ({
      layer,
      logit,
      score: sigmoid(logit),
    }),
  );
  const logit = depth.at(-1)?.logit ?? 0;
  const attribution = {
    tokens: tokens.map((token) => {
      const word = words.findIndex((each) => each.part === token.part && each.start === token.start);
      return values[word] ?? 0;
    }),
    words: values,
    sentences: sentences.map(sumWithin),
  };
  return {
    pair: { query, document },
    model: {
      name: 'sample',
      backend: 'none',
      dtype: 'float32',
      layers,
      heads,
      maxLength: tokens.length,
      truncation: 'longest_first',
    },
    logit,
    score: sigmoid(logit),
    tokens,
    cut: allWords.slice(seenWords).map(toToken),
    words,
    sentences: sentences.map((span) => ({ ...span, aloneLogit: span.part === 'document' ? 0.5 : null })),
    attributions: [
      { method: 'occlusion', ...attribution, residual: null },
      {
        method: 'integrated_gradients',
        ...attribution,
        words: values.map((value) => -value),
        residual: 0.004,
      },
    ],
    depth,
    logitShares: {
      label: 0,
      logit,
      embeddings: 0.1,
      layers: Array.from({ length: layers }, (_, layer) => ({
        heads: Array.from({ length: heads }, (_, head) => (head % 2 === 0 ? 0.2 : -0.1) * (layer + 1)),
        attentionBias: 0.01,
        feedForward: 0.3,
        layerNormBias: 0,
      })),
      headBias: 0.2,
      residual: 0,
    },
    attention: packAttention(sampleAttention(tokens.length, layers, heads), tokens.length, maxAttentionBytes),
    timing: [{ step: 'score', ms: 12 }],
  };
}

/** Each token mainly attends to the one that is its head's number of positions after it, and a little to all. */
export function sampleAttention(seq: number, layers: number, heads: number): Float32Array[] {
  return Array.from({ length: layers }, () => {
    const data = new Float32Array(heads * seq * seq).fill(0.2 / seq);
    for (let head = 0; head < heads; head++) {
      for (let from = 0; from < seq; from++) {
        const at = (head * seq + from) * seq + ((from + head) % seq);
        data[at] = (data[at] as number) + 0.8;
      }
    }
    return data;
  });
}

function spansOf(text: string, part: TextSpan['part'], pattern: RegExp): TextSpan[] {
  return Array.from(text.matchAll(pattern), ({ 0: found, index }) => ({
    part,
    start: index,
    end: index + found.length,
  }));
}
