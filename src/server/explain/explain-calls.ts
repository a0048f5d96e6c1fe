import type { AttributedTokens } from '../../inspection/attribution/attribution-types.js';
import { type AttributionMethod, MOST_STEPS } from '../../inspection/attribution/attribution-types.js';
import type { MeasuredPair } from '../../inspection/inspection.js';

/** The ways to explain a score in an answer. */
export const EXPLAIN_METHODS = [
  'occlusion',
  'integrated_gradients',
] as const satisfies readonly AttributionMethod[];

export type ExplainMethod = (typeof EXPLAIN_METHODS)[number];

/** What a server explains: nothing, by forward passes only, or also by gradients. */
export const EXPLAIN_LEVELS = ['off', 'occlusion', 'gradients'] as const;

export type ExplainLevel = (typeof EXPLAIN_LEVELS)[number];

/** The methods of each level. */
export const METHODS_OF: Readonly<Record<ExplainLevel, readonly ExplainMethod[]>> = {
  off: [],
  occlusion: ['occlusion'],
  gradients: ['occlusion', 'integrated_gradients'],
};

/** A call with a time limit, which is checked between two batches. */
interface TimedCall {
  /** Counted from the start of the call. */
  readonly timeoutMs: number;
}

/** One pair whose logit is attributed to its words. */
export interface ExplainCall extends TimedCall {
  readonly tokens: AttributedTokens;
  readonly method: ExplainMethod;
}

/** Documents of one query to inspect. */
export interface InspectCall extends TimedCall {
  readonly pairs: readonly MeasuredPair[];
  readonly methods: readonly ExplainMethod[];
  /** For all pairs together. */
  readonly maxAttentionBytes: number;
}

/** Cost of one point of integrated gradients, in sequences: a forward pass, and a backward pass twice as long. */
const SEQUENCES_A_POINT = 3;
/** Number of logits along the line of integrated gradients. */
const SEQUENCES_OF_LOGITS = 10;
/** Cost of an inspection without attribution, in sequences: the score, and the layers with all activations kept. */
const SEQUENCES_OF_A_LOOK = 8;

/**
 * The largest number of tokens that the explanation of a pair computes: its cost, in the unit of a score's cost.
 *
 * @param tokens of the pair.
 */
export function explainTokens(method: ExplainMethod, tokens: number, words: number): number {
  return method === 'occlusion'
    ? tokens * (1 + words)
    : tokens * (SEQUENCES_A_POINT * MOST_STEPS + SEQUENCES_OF_LOGITS);
}

/** The same for an inspection: each sentence alone, and for occlusion also without each sentence. */
export function inspectTokens(
  methods: readonly ExplainMethod[],
  { inputIds, words, sentences }: MeasuredPair,
): number {
  return methods.reduce(
    (sum, method) => sum + explainTokens(method, inputIds.length, words.length),
    inputIds.length * (SEQUENCES_OF_A_LOOK + 2 * sentences.length),
  );
}
