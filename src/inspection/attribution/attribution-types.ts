import type { PlacedToken } from '../../tokenizer/tokenized.js';
/** The methods of attribution. */
export const ATTRIBUTION_METHODS = ['integrated_gradients', 'gradient_x_input', 'occlusion'] as const;

/**
 * How a logit is attributed to tokens.
 *
 * - `integrated_gradients`, Sundararajan et al. 2017: along the line from a baseline, where the text's tokens have the
 *   word embedding of `<pad>` ({@link Baseline}), to the pair; positions, `<s>` and `</s>` stay. The values sum to the
 *   difference of both logits.
 * - `gradient_x_input`: word embedding times gradient, in one backward pass. The values have no defined sum.
 * - `occlusion`: how much the logit falls when a word or a sentence is removed.
 *
 * The first two need a model loaded `differentiable`.
 */
export type AttributionMethod = (typeof ATTRIBUTION_METHODS)[number];

/** A logit and each token's effect on it. */
export interface Attribution {
  readonly method: AttributionMethod;
  /** The logit that is explained. */
  readonly logit: number;
  /** The logit of the baseline; only for `integrated_gradients`. */
  readonly baselineLogit?: number;
  /** `logit - baselineLogit - sum(tokens)`: the error from too few points. Only with a baseline. */
  readonly residual?: number;
  /** The number of points that were computed. Only with a baseline. */
  readonly steps?: number;
  /** One for each of `inputIds`, in logits. */
  readonly tokens: readonly number[];
}

/** The units that tokens are grouped into. */
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

/** An attribution with its words or sentences. Each token of a text belongs to exactly one of them. */
export interface SegmentedAttribution extends Attribution {
  /** The query's, then the document's, in the texts' order, after truncation. */
  readonly segments: readonly TextSegment[];
}

/** The text that a token belongs to; `special` for `<s>` and `</s>`. */
export type TokenPart = PlacedToken['part'];

/** A pair for attribution: token ids, and which of them belong together. It contains no texts. */
export interface AttributedTokens {
  readonly inputIds: Int32Array;
  /** The text that each token belongs to. */
  readonly parts: readonly TokenPart[];
  /** The tokens of each word or sentence that occlusion removes, as indices into `inputIds`. */
  readonly segments: readonly (readonly number[])[];
  /** The id that replaces a removed token in occlusion; without it tokens are deleted. */
  readonly replacementId?: number | undefined;
}

/** What replaces a removed word in occlusion: nothing, or `<mask>` or `<unk>` for each of its tokens. */
export type Replacement = 'delete' | 'mask' | 'unk';

/** Most points of integrated gradients if `steps` is not given. */
export const MOST_STEPS = 128;

/** The residual that is small enough, as a share of the difference of both logits; for all stretches together. */
export const SMALL_RESIDUAL = 0.01;

/** Chosen by measurement (scripts/bench/faithfulness.md). */
export const DEFAULT_REPLACEMENT: Replacement = 'delete';

/** The progress of a call. */
export interface AttributionProgress {
  /** Sequences computed; a backward pass is counted with its forward. */
  readonly done: number;
  /** The present estimate: integrated gradients may need more points later. */
  readonly total: number;
}

/** Options of all long calls of the inspection. */
export interface LongCallOptions {
  /** Ends the call between two batches: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every batch. */
  readonly onProgress?: ((progress: AttributionProgress) => void) | undefined;
}

/**
 * Which texts of a pair are replaced by `<pad>` in the baseline of integrated gradients. A query and a document of only
 * `<pad>` are alike and score high, so `document` says more about the document's words (scripts/bench/faithfulness.md).
 */
export type Baseline = 'pair' | 'document' | 'query';

/** Options of an attribution. */
export interface AttributionOptions extends LongCallOptions {
  /** Default: `integrated_gradients` if the model is `differentiable`, else `occlusion`. */
  readonly method?: AttributionMethod | undefined;
  /** What `segments` are, and what `occlusion` removes. Default `word`. */
  readonly unit?: SegmentUnit | undefined;
  /**
   * Points of `integrated_gradients` on the line, by Gauss-Legendre quadrature. Default: 12 to 128, more of them where
   * the logit is not smooth, until the residual is at most 1 % of the difference of both logits.
   */
  readonly steps?: number | undefined;
  /** Which texts are `<pad>` in the baseline; the tokens of the other text have the value 0. Default `document`. */
  readonly baseline?: Baseline | undefined;
  /** What replaces a word in `occlusion`. Default {@link DEFAULT_REPLACEMENT}. */
  readonly replacement?: Replacement | undefined;
  /** Which logit, for models of several labels. Default 0. */
  readonly label?: number | undefined;
}

/** Why a query's documents A and B have different scores. */
export interface Comparison {
  readonly method: AttributionMethod;
  readonly logits: { readonly a: number; readonly b: number };
  /** `logits.a - logits.b`. */
  readonly difference: number;
  /** For each of the pair's `inputIds`; positive values favour A, so the values of B have the opposite sign. */
  readonly tokens: { readonly a: readonly number[]; readonly b: readonly number[] };
  /** The query's words or sentences: their effect with A minus their effect with B. */
  readonly query: readonly TextSegment[];
  /** Document A's. */
  readonly a: readonly TextSegment[];
  /** Document B's; positive values favour A. */
  readonly b: readonly TextSegment[];
  /** The difference of the baselines' logits: the effect of the documents' lengths alone. Only with a baseline. */
  readonly baselineDifference?: number;
  /** `difference` minus all tokens and `baselineDifference`. Only with a baseline. */
  readonly residual?: number;
}

/** A deletion that reverses the order of two documents. */
export interface Counterfactual {
  /** The document that was ahead; its words are deleted. With equal logits A counts as ahead. */
  readonly changed: 'a' | 'b';
  /** The logits before the deletion. */
  readonly before: { readonly a: number; readonly b: number };
  /** The logits after the deletion, from a forward pass over the remaining text. */
  readonly after: { readonly a: number; readonly b: number };
  /** The deleted words or sentences, in the text's order; the value is the logit's loss without this one alone. */
  readonly deleted: readonly TextSegment[];
  /** The remaining document. */
  readonly document: string;
  /** Whether no shorter deletion reverses the order. Only known, and true, for deletions of one or two. */
  readonly isShortest: boolean;
}

/** Options of {@link findCounterfactual}. */
export interface CounterfactualOptions extends LongCallOptions {
  /** The unit of deletion. Default `word`. */
  readonly unit?: SegmentUnit | undefined;
  /** Which logit, for models of several labels. Default 0. */
  readonly label?: number | undefined;
}

/** Options of {@link interactions}. */
export interface InteractionOptions extends LongCallOptions {
  /** Number of words of the query, those with the largest effect on their own. Default 8. */
  readonly queryWords?: number | undefined;
  /** Number of words of the document, likewise. Default 24. */
  readonly documentWords?: number | undefined;
  /** What replaces the words. */
  readonly replacement?: Replacement | undefined;
  /** Which logit, for models of several labels. Default 0. */
  readonly label?: number | undefined;
}

/** How words of the query interact with words of the document. */
export interface Interactions {
  readonly logit: number;
  /** In the text's order; the value is the logit's loss without the word. */
  readonly query: readonly TextSegment[];
  readonly document: readonly TextSegment[];
  /**
   * [query][document]: f(ab) - f(a) - f(b) + f(0) with the rest of the pair unchanged, in logits. Positive: both words
   * together give more than each alone, like a word and its answer. Negative: one word makes the other redundant.
   */
  readonly values: readonly (readonly number[])[];
}
