import type { TextPair } from '../engine/types.js';
import type { PlacedToken } from '../tokenizer/tokenized.js';
import type { PackedAttention } from './attention/packed-attention.js';
import type {
  AttributionMethod,
  AttributionProgress,
  Counterfactual,
  LongCallOptions,
  TokenPart,
} from './attribution/attribution-types.js';
import type { LogitShares } from './trace/logit-shares.js';

/**
 * Everything that can be shown of one scored pair, as plain data: what `inspect` gives, and what the report page, the
 * terminal and programs read. It goes through JSON unchanged.
 */
export interface Inspection {
  readonly pair: TextPair;
  readonly model: InspectedModel;
  /** Of the one label. */
  readonly logit: number;
  /** sigmoid(logit). */
  readonly score: number;
  /** [seq], special tokens of the pair included. */
  readonly tokens: readonly PlacedToken[];
  /** What truncation took away, first the query's. */
  readonly cut: readonly PlacedToken[];
  /** Words of both texts that the model saw, the query's first. */
  readonly words: readonly TextSpan[];
  /** Sentences of both texts that the model saw, the query's first. */
  readonly sentences: readonly InspectedSentence[];
  /** What each part did to the logit, by each method that was asked for. */
  readonly attributions: readonly InspectedAttribution[];
  /** [layers + 1]: where the decision stands behind the embeddings and behind each layer. */
  readonly depth: readonly DepthScore[];
  /** What each part of the model wrote towards the logit, where that was asked for. */
  readonly logitShares?: LogitShares | undefined;
  /** Where every head looks, where that was asked for. */
  readonly attention?: PackedAttention | undefined;
  /** What took how long, in the order in which it was done. */
  readonly timing: readonly { readonly step: string; readonly ms: number }[];
}

/** The model that was looked into. */
export interface InspectedModel {
  readonly name: string;
  /** The backend, and why it was taken. */
  readonly backend: string;
  readonly dtype: string;
  readonly layers: number;
  readonly heads: number;
  /** Tokens of a pair, special tokens counted, beyond which it is truncated. */
  readonly maxLength: number;
  readonly truncation: string;
}

/** A stretch of one of the two texts, in UTF-16 units: `text.slice(start, end)`. */
export interface TextSpan {
  readonly part: 'query' | 'document';
  readonly start: number;
  readonly end: number;
}

/** A sentence, and what the model thinks of it where it stands alone. */
export interface InspectedSentence extends TextSpan {
  /** Logit of the query with this sentence as the whole document; null for sentences of the query. */
  readonly aloneLogit: number | null;
}

/** One method's answer to: what did each part do to the logit? More than 0 raised it. In units of the logit. */
export interface InspectedAttribution {
  readonly method: string;
  /** [tokens]; null where the method does not look at single tokens. */
  readonly tokens: readonly number[] | null;
  /** [words] */
  readonly words: readonly number[];
  /** [sentences] */
  readonly sentences: readonly number[];
  /** What the values of a method that splits up a difference leave over of it; null where they need not sum up. */
  readonly residual: number | null;
}

/** The classification head applied to the first token behind one layer. */
export interface DepthScore {
  /** 0 is the embeddings' output. */
  readonly layer: number;
  readonly logit: number;
  /** sigmoid(logit). */
  readonly score: number;
}

/** Several documents of one query, and what would turn their order. */
export interface InspectedRanking {
  /** By logit, the best first. */
  readonly inspections: readonly Inspection[];
  /** [inspections]: which of the documents given each is of. */
  readonly order: readonly number[];
  /**
   * [inspections]: the fewest words of the first document without which this one would be ahead; null where none do,
   * for the first itself, and where it was not asked for.
   */
  readonly counterfactuals: readonly (Counterfactual | null)[];
}

/** A pair as it is measured: token ids and which of them belong together. No texts: it may go to another process. */
export interface MeasuredPair {
  readonly inputIds: Int32Array;
  /** The text that each token is of. */
  readonly parts: readonly TokenPart[];
  /** The tokens of each word, as indices into `inputIds`. */
  readonly words: readonly (readonly number[])[];
  /** The tokens of each sentence, likewise. */
  readonly sentences: readonly (readonly number[])[];
  /** [sentences]: token ids of the query with this sentence as the whole document; null for sentences of the query. */
  readonly alone: readonly (Int32Array | null)[];
}

/** The numbers of an inspection, as `Inspection` describes them. */
export interface Measurement {
  readonly logit: number;
  /** [sentences] */
  readonly aloneLogits: readonly (number | null)[];
  readonly attributions: readonly InspectedAttribution[];
  readonly depth: readonly DepthScore[];
  readonly logitShares: LogitShares;
  readonly attention: PackedAttention | undefined;
  readonly timing: readonly { readonly step: string; readonly ms: number }[];
}

/** What an inspection looks at. */
export interface InspectOptions extends LongCallOptions {
  /** Methods of attribution, the one that counts most first. Default: the most faithful one that the model can do. */
  readonly methods?: readonly AttributionMethod[] | undefined;
  /** Whether every head's attention is kept, in how many bytes of text at most. Default 0: it is not. */
  readonly maxAttentionBytes?: number | undefined;
}

/** What an inspection of several documents looks at; `maxAttentionBytes` is for all of them together. */
export interface InspectRankingOptions extends InspectOptions {
  /** Whether what would put each document ahead of the first is looked for. Default yes. */
  readonly counterfactuals?: boolean | undefined;
  /** Called as `onProgress` is, with what it is about. */
  readonly onStep?: ((step: RankingStep) => void) | undefined;
}

/** How far an inspection of several documents is. */
export interface RankingStep extends AttributionProgress {
  /** Which of those given. */
  readonly document: number;
  readonly step: 'inspection' | 'counterfactual';
}
