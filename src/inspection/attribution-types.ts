/** How a logit is shared out among tokens. */
export const ATTRIBUTION_METHODS = [
  'integrated_gradients',
  'gradient_x_input',
  'occlusion',
  'attention',
  'attention_rollout',
  'random',
] as const;

/**
 * How a logit is shared out among tokens.
 *
 * - `integrated_gradients`, Sundararajan et al. 2017: along the line from a baseline, where the text's tokens have the
 *   word embedding of `<pad>` ({@link Baseline}), to the pair; positions, `<s>` and `</s>` stay. Sums to the difference of both logits.
 * - `gradient_x_input`: word embedding times gradient, one backward pass; sums to nothing in particular.
 * - `occlusion`: what the logit loses when a word, or a sentence, is taken out.
 * - `attention`: the last layer's attention of the first token, mean of the heads; `attention_rollout`, Abnar and
 *   Zuidema 2020; `random`: these know nothing of the logit, and are there to be compared with.
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
  /** One for each of `inputIds`, in logits; attention's are shares that sum to 1, random's are between 0 and 1. */
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

/** What occlusion puts in a word's place: nothing, or `<mask>` or `<unk>` for each of its tokens. */
export type Replacement = 'delete' | 'mask' | 'unk';

/** Points of integrated gradients at first; twice as many, up to {@link MOST_STEPS}, while the residual is too large. */
export const FIRST_STEPS = 32;
export const MOST_STEPS = 128;

/** The residual that is small enough, as a share of the difference of both logits. */
export const SMALL_RESIDUAL = 0.01;

/** Measured (scripts/bench/faithfulness.md). */
export const DEFAULT_REPLACEMENT: Replacement = 'delete';

/** How far a call is. */
export interface AttributionProgress {
  /** Sequences computed; a backward pass is counted with its forward. */
  readonly done: number;
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
   * Points on the line of `integrated_gradients`. Default: 32, doubled up to 128 until the residual is at most 1 % of
   * the difference of both logits.
   */
  readonly steps?: number | undefined;
  /** Which texts are `<pad>` in the baseline; the tokens of the other have no share. Default `document`. */
  readonly baseline?: Baseline | undefined;
  /** What `occlusion` puts in a word's place. Default {@link DEFAULT_REPLACEMENT}. */
  readonly replacement?: Replacement | undefined;
  /** Which logit, for models of several labels. Default 0. */
  readonly label?: number | undefined;
  /** Of `random`. Default 1. */
  readonly seed?: number | undefined;
}
