import type { PlacedToken } from '../../tokenizer/tokenized.js';
/** How a logit is shared out among tokens. */
export const ATTRIBUTION_METHODS = ['integrated_gradients', 'gradient_x_input', 'occlusion'] as const;

/**
 * How a logit is shared out among tokens.
 *
 * - `integrated_gradients`, Sundararajan et al. 2017: along the line from a baseline, where the text's tokens have the
 *   word embedding of `<pad>` ({@link Baseline}), to the pair; positions, `<s>` and `</s>` stay. Sums to the difference of both logits.
 * - `gradient_x_input`: word embedding times gradient, one backward pass; sums to nothing in particular.
 * - `occlusion`: what the logit loses when a word, or a sentence, is taken out.
 *
 * The first two need a model loaded `differentiable`.
 */
export type AttributionMethod = (typeof ATTRIBUTION_METHODS)[number];

/** A logit and what each token has to do with it. */
export interface Attribution {
  readonly method: AttributionMethod;
  /** The logit that is explained. */
  readonly logit: number;
  /** The logit of the baseline; `integrated_gradients` alone has one. */
  readonly baselineLogit?: number;
  /** `logit - baselineLogit - sum(tokens)`: what the steps were too few for. Where there is a baseline. */
  readonly residual?: number;
  /** The points that it took; where there is a baseline. */
  readonly steps?: number;
  /** One for each of `inputIds`, in logits. */
  readonly tokens: readonly number[];
}

/** What tokens are put together to. */
export type SegmentUnit = 'word' | 'sentence';

/** A word or a sentence of the query or the document, and the sum of its tokens. */
export interface TextSegment {
  readonly part: 'query' | 'document';
  readonly unit: SegmentUnit;
  /** In its text, UTF-16 units: `text.slice(start, end)`. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly value: number;
}

/** An attribution with its words or sentences: each token of a text is of exactly one. */
export interface SegmentedAttribution extends Attribution {
  /** The query's, then the document's, in the texts' order; of the text that truncation left. */
  readonly segments: readonly TextSegment[];
}

/** The text that a token is of; `special` for `<s>` and `</s>`. */
export type TokenPart = PlacedToken['part'];

/** A pair as its logit is attributed: token ids and which of them belong together. No texts. */
export interface AttributedTokens {
  readonly inputIds: Int32Array;
  /** The text that each token is of. */
  readonly parts: readonly TokenPart[];
  /** The tokens of each word or sentence that occlusion takes out, as indices into `inputIds`. */
  readonly segments: readonly (readonly number[])[];
  /** What occlusion puts in the place of a token; without it tokens are deleted. */
  readonly replacementId?: number | undefined;
}

/** What occlusion puts in a word's place: nothing, or `<mask>` or `<unk>` for each of its tokens. */
export type Replacement = 'delete' | 'mask' | 'unk';

/** Points of integrated gradients at most, where nobody says how many. */
export const MOST_STEPS = 128;

/** The residual that is small enough, as a share of the difference of both logits: of all stretches of the line. */
export const SMALL_RESIDUAL = 0.01;

/** Measured (scripts/bench/faithfulness.md). */
export const DEFAULT_REPLACEMENT: Replacement = 'delete';

/** How far a call is. */
export interface AttributionProgress {
  /** Sequences computed; a backward pass is counted with its forward. */
  readonly done: number;
  /** As far as it is known by now: integrated gradients may find that they need more points. */
  readonly total: number;
}

/** What long calls of inspection share. */
export interface LongCallOptions {
  /** Ends the call between two batches: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every batch. */
  readonly onProgress?: ((progress: AttributionProgress) => void) | undefined;
}

/**
 * Which texts of a pair are `<pad>` where integrated gradients begin. A query and a document of nothing but `<pad>` are
 * alike, and score high; so `document` tells more of the document's words than `pair` (scripts/bench/faithfulness.md).
 */
export type Baseline = 'pair' | 'document' | 'query';

/** Options of an attribution. */
export interface AttributionOptions extends LongCallOptions {
  /** Default: `integrated_gradients` where the model is `differentiable`, else `occlusion`. */
  readonly method?: AttributionMethod | undefined;
  /** What `segments` are, and what `occlusion` takes out. Default `word`. */
  readonly unit?: SegmentUnit | undefined;
  /**
   * Points on the line of `integrated_gradients`, by Gauss and Legendre. Default: 12 to 128, put where the logit bends,
   * until the residual is at most 1 % of the difference of both logits.
   */
  readonly steps?: number | undefined;
  /** Which texts are `<pad>` in the baseline; the tokens of the other have no share. Default `document`. */
  readonly baseline?: Baseline | undefined;
  /** What `occlusion` puts in a word's place. Default {@link DEFAULT_REPLACEMENT}. */
  readonly replacement?: Replacement | undefined;
  /** Which logit, for models of several labels. Default 0. */
  readonly label?: number | undefined;
}

/** Why a query's document A scored otherwise than document B. */
export interface Comparison {
  readonly method: AttributionMethod;
  readonly logits: { readonly a: number; readonly b: number };
  /** `logits.a - logits.b`. */
  readonly difference: number;
  /** Of each token, one for each of the pair's `inputIds`; positive speaks for A: those of B have the other sign. */
  readonly tokens: { readonly a: readonly number[]; readonly b: readonly number[] };
  /** The query's words or sentences: what each does for A, less what it does for B. */
  readonly query: readonly TextSegment[];
  /** Document A's. */
  readonly a: readonly TextSegment[];
  /** Document B's; positive speaks for A. */
  readonly b: readonly TextSegment[];
  /** The difference of the baselines' logits: what the documents' lengths alone do. Where there is a baseline. */
  readonly baselineDifference?: number;
  /** What is left of `difference` after all tokens and `baselineDifference`. Where there is a baseline. */
  readonly residual?: number;
}

/** A deletion that turns the order of two documents. */
export interface Counterfactual {
  /** The document that was ahead and that words are deleted from; of equal ones A is ahead. */
  readonly changed: 'a' | 'b';
  /** The logits as they are. */
  readonly before: { readonly a: number; readonly b: number };
  /** The logits after the deletion, of a forward pass over the text that is left. */
  readonly after: { readonly a: number; readonly b: number };
  /** What is deleted, in the text's order; the value is what the logit loses without this one alone. */
  readonly deleted: readonly TextSegment[];
  /** The document that is left. */
  readonly document: string;
  /** Whether no shorter deletion turns the order, as far as it was tried out: true up to two. */
  readonly isShortest: boolean;
}

/** Options of {@link findCounterfactual}. */
export interface CounterfactualOptions extends LongCallOptions {
  /** What is deleted. Default `word`. */
  readonly unit?: SegmentUnit | undefined;
  /** Which logit, for models of several labels. Default 0. */
  readonly label?: number | undefined;
}

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
