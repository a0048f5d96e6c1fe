import { type AttributionMethod, MOST_STEPS } from '../inspection/attribution-types.js';
import type { TextPair } from '../reranker/scorer.js';
import type { KeptRanges } from '../text/tokenized.js';

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

/** Sequences that one point of integrated gradients counts for: a forward pass, and a way back twice as long. */
const SEQUENCES_A_POINT = 3;
/** Logits along its line. */
const SEQUENCES_OF_LOGITS = 10;
/** Sequences beside the methods: the score, the layers with everything kept, the sentences one by one. */
const SEQUENCES_OF_A_LOOK = 8;

/**
 * At most so many tokens are computed to explain a pair of so many tokens: the cost of an explanation, in the same
 * coin as that of a score.
 */
export function explainTokens(method: ExplainMethod, tokens: number): number {
  return method === 'occlusion'
    ? tokens * tokens // a word has a token at least, the special ones are of none
    : tokens * (SEQUENCES_A_POINT * MOST_STEPS + SEQUENCES_OF_LOGITS);
}

/** The same for looking at a pair from all sides: occlusion takes out sentences beside the words. */
export function inspectTokens(methods: readonly ExplainMethod[], tokens: number): number {
  return methods.reduce(
    (sum, method) => sum + explainTokens(method, tokens),
    tokens * (SEQUENCES_OF_A_LOOK + Math.ceil(tokens / 4)),
  );
}
