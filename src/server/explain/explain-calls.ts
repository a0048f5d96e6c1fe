import type { TextPair } from '../../engine/scorer.js';
import { type AttributionMethod, MOST_STEPS } from '../../inspection/attribution/attribution-types.js';
import { countSegments } from '../../inspection/attribution/segments.js';
import type { KeptRanges } from '../../tokenizer/tokenized.js';

/** How a score can be explained in an answer. */
export const EXPLAIN_METHODS = [
  'occlusion',
  'integrated_gradients',
] as const satisfies readonly AttributionMethod[];

export type ExplainMethod = (typeof EXPLAIN_METHODS)[number];

/** What a server explains: nothing, what forward passes tell, or what gradients tell too. */
export const EXPLAIN_LEVELS = ['off', 'occlusion', 'gradients'] as const;

export type ExplainLevel = (typeof EXPLAIN_LEVELS)[number];

/** And how. */
export const METHODS_OF: Readonly<Record<ExplainLevel, readonly ExplainMethod[]>> = {
  off: [],
  occlusion: ['occlusion'],
  gradients: ['occlusion', 'integrated_gradients'],
};

/** What a call may take. */
interface TimedCall {
  /** From when it begins; then it ends, between two batches. */
  readonly timeoutMs: number;
}

/** One pair whose logit is to be shared out among its words. */
export interface ExplainCall extends TimedCall {
  readonly pair: TextPair;
  /** The tokens that were scored. */
  readonly kept: KeptRanges;
  readonly method: ExplainMethod;
}

/** Documents of one query that are to be looked at from all sides. */
export interface InspectCall extends TimedCall {
  readonly query: string;
  readonly documents: readonly string[];
  readonly methods: readonly ExplainMethod[];
  readonly maxAttentionBytes: number;
}

/** A pair as its explanation costs: its tokens, and how many words and sentences may be taken out of it. */
export interface ExplainedSize {
  readonly tokens: number;
  readonly words: number;
  readonly sentences: number;
}

/** @param tokens of the pair: a word has one at least, those that truncation cut are not counted. */
export function sizeOf(pair: TextPair, tokens: number): ExplainedSize {
  return {
    tokens,
    words: countSegments(pair, 'word', tokens),
    sentences: countSegments(pair, 'sentence', tokens),
  };
}

/** Sequences that one point of integrated gradients counts for: a forward pass, and a way back twice as long. */
const SEQUENCES_A_POINT = 3;
/** Logits along its line. */
const SEQUENCES_OF_LOGITS = 10;
/** Sequences beside the methods: the score, and the layers with everything kept. */
const SEQUENCES_OF_A_LOOK = 8;

/**
 * At most so many tokens are computed to explain a pair: the cost of an explanation, in the same coin as that of a
 * score.
 */
export function explainTokens(method: ExplainMethod, { tokens, words }: ExplainedSize): number {
  return method === 'occlusion'
    ? tokens * (1 + words)
    : tokens * (SEQUENCES_A_POINT * MOST_STEPS + SEQUENCES_OF_LOGITS);
}

/** The same for looking at a pair from all sides: sentences alone, and for occlusion taken out too. */
export function inspectTokens(methods: readonly ExplainMethod[], size: ExplainedSize): number {
  return methods.reduce(
    (sum, method) => sum + explainTokens(method, size),
    size.tokens * (SEQUENCES_OF_A_LOOK + 2 * size.sentences),
  );
}
