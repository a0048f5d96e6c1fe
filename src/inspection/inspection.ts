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
 * Everything that can be shown about one scored pair, as plain data: `inspect` returns it, and the report page, the
 * terminal and programs read it. It can be written to JSON and read back unchanged.
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
  /** Tokens removed by truncation, first the query's. */
  readonly cut: readonly PlacedToken[];
  /** Words of both texts after truncation, the query's first. */
  readonly words: readonly TextSpan[];
  /** Sentences of both texts after truncation, the query's first. */
  readonly sentences: readonly InspectedSentence[];
  /** The effect of each part of the texts on the logit, by each requested method. */
  readonly attributions: readonly InspectedAttribution[];
  /** [layers + 1]: the score read out after the embeddings and after each layer. */
  readonly depth: readonly DepthScore[];
  /** The direct contribution of each part of the model to the logit, if requested. */
  readonly logitShares?: LogitShares | undefined;
  /** The attention of every head, if requested. */
  readonly attention?: PackedAttention | undefined;
  /** The duration of each step, in the order of the steps. */
  readonly timing: readonly { readonly step: string; readonly ms: number }[];
}

/** The inspected model. */
export interface InspectedModel {
  readonly name: string;
  /** The backend, and the reason for its choice. */
  readonly backend: string;
  readonly dtype: string;
  readonly layers: number;
  readonly heads: number;
  /** Longer pairs are truncated to this number of tokens, special tokens included. */
  readonly maxLength: number;
  readonly truncation: string;
}

/** A stretch of one of the two texts, in UTF-16 units: `text.slice(start, end)`. */
export interface TextSpan {
  readonly part: 'query' | 'document';
  readonly start: number;
  readonly end: number;
}

/** A sentence, with the logit that it has alone. */
export interface InspectedSentence extends TextSpan {
  /** Logit of the query with this sentence as the whole document; null for sentences of the query. */
  readonly aloneLogit: number | null;
}

/** The effect of each part on the logit by one method, in units of the logit. Positive values raised it. */
export interface InspectedAttribution {
  readonly method: string;
  /** [tokens]; null if the method does not give values for single tokens. */
  readonly tokens: readonly number[] | null;
  /** [words] */
  readonly words: readonly number[];
  /** [sentences] */
  readonly sentences: readonly number[];
  /** What remains of the difference that a method splits up; null if the values of the method have no defined sum. */
  readonly residual: number | null;
}

/** The classification head applied to the first token after one layer. */
export interface DepthScore {
  /** 0 is the embeddings' output. */
  readonly layer: number;
  readonly logit: number;
  /** sigmoid(logit). */
  readonly score: number;
}

/** Several documents of one query, and what would change their order. */
export interface InspectedRanking {
  /** By logit, the best first. */
  readonly inspections: readonly Inspection[];
  /** [inspections]: for each, the index of its document among those given. */
  readonly order: readonly number[];
  /**
   * [inspections]: a small set of words of the first document without which this one would be ahead. Null if there is
   * none, for the first document itself, and if it was not requested.
   */
  readonly counterfactuals: readonly (Counterfactual | null)[];
}

/** A pair as it is measured: token ids, and which of them belong together. Without texts, for another process. */
export interface MeasuredPair {
  readonly inputIds: Int32Array;
  /** The text that each token belongs to. */
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

/** Options of an inspection. */
export interface InspectOptions extends LongCallOptions {
  /** Methods of attribution, the most important first. Default: the most faithful one that the model supports. */
  readonly methods?: readonly AttributionMethod[] | undefined;
  /** Most bytes for the attention of all heads, as base64. Default 0: attention is not kept. */
  readonly maxAttentionBytes?: number | undefined;
}

/** Options of an inspection of several documents; `maxAttentionBytes` is for all of them together. */
export interface InspectRankingOptions extends InspectOptions {
  /** Whether to search for the deletion that puts each document ahead of the first. Default yes. */
  readonly counterfactuals?: boolean | undefined;
  /** Called like `onProgress`, with the present step. */
  readonly onStep?: ((step: RankingStep) => void) | undefined;
}

/** The progress of an inspection of several documents. */
export interface RankingStep extends AttributionProgress {
  /** Its index among the documents given. */
  readonly document: number;
  readonly step: 'inspection' | 'counterfactual';
}
