import type { AttributedTokens } from '../../inspection/attribution/attribution-types.js';
import { type AttributionMethod, MOST_STEPS } from '../../inspection/attribution/attribution-types.js';
import type { MeasuredPair } from '../../inspection/inspection.js';

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

/** A call that ends, between two batches, when its time is over. */
interface TimedCall {
  /** From when it begins. */
  readonly timeoutMs: number;
}

/** One pair whose logit is to be attributed to its words. */
export interface ExplainCall extends TimedCall {
  readonly tokens: AttributedTokens;
  readonly method: ExplainMethod;
}

/** Documents of one query that are to be looked at from all sides. */
export interface InspectCall extends TimedCall {
  readonly pairs: readonly MeasuredPair[];
  readonly methods: readonly ExplainMethod[];
  /** Of all pairs together. */
  readonly maxAttentionBytes: number;
}

/** Sequences that one point of integrated gradients counts for: a forward pass, and a backward pass twice as long. */
const SEQUENCES_A_POINT = 3;
/** Logits along its line. */
const SEQUENCES_OF_LOGITS = 10;
/** Sequences of an inspection without its methods: the score, and the layers with everything kept. */
const SEQUENCES_OF_A_LOOK = 8;

/**
 * Tokens that are computed at most to explain a pair: the cost of an explanation, in the unit of a score's.
 *
 * @param tokens of the pair.
 */
export function explainTokens(method: ExplainMethod, tokens: number, words: number): number {
  return method === 'occlusion'
    ? tokens * (1 + words)
    : tokens * (SEQUENCES_A_POINT * MOST_STEPS + SEQUENCES_OF_LOGITS);
}

/** The same for an inspection: each sentence alone, and for occlusion also taken out. */
export function inspectTokens(
  methods: readonly ExplainMethod[],
  { inputIds, words, sentences }: MeasuredPair,
): number {
  return methods.reduce(
    (sum, method) => sum + explainTokens(method, inputIds.length, words.length),
    inputIds.length * (SEQUENCES_OF_A_LOOK + 2 * sentences.length),
  );
}
