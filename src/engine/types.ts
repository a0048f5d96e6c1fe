import type { WindowOptions } from '../batching/encode-pairs.js';
import type { InternalError } from '../errors/errors.js';
import type { DownloadProgress } from '../hub/pull-options.js';
import type { StartedBackend } from '../kernels/backend.js';
import type { BackendRequest, ModelDtype } from '../kernels/names.js';
import type { ModelConfig } from '../model/config/model-config.js';
import type { Activation, ActivationRequest } from '../model/config/score-activation.js';
import type { TruncationSide } from '../tokenizer/tokenizer-config.js';
import type { Truncation } from '../tokenizer/truncation.js';
import type { LoadProgress } from '../weights/checkpoint.js';
import type { CalibrationCurve } from './calibration.js';

/** A query and a document, plain text. */
export interface TextPair {
  readonly query: string;
  readonly document: string;
}

/** The input of a model: a single text, for classifiers of texts, or a query and a document. */
export type ScoreInput = string | TextPair;

/** How many of a pair's tokens were used and how many were cut. A single text counts as a document without a query. */
export interface TokenUsage {
  /** Tokens that the model read, special tokens included. */
  readonly tokens: number;
  /** Tokens of the query that were cut off. */
  readonly queryTokensCut: number;
  /** Tokens of the document that were cut off. */
  readonly documentTokensCut: number;
}

/** The best window of a long document. */
export interface BestWindow {
  readonly index: number;
  /** Number of windows of the document. */
  readonly of: number;
  /** Its document tokens: from `start` up to `end`, exclusive. */
  readonly start: number;
  readonly end: number;
}

/** The model's output for one pair. */
export interface PairLogits {
  /** [labels], float32 values; not finite if the model failed on this pair. */
  readonly logits: readonly number[];
  readonly usage: TokenUsage;
  /** For a document that was cut into several windows, the one with the largest logit. */
  readonly window?: BestWindow;
}

/** The progress of a call. */
export interface ScoreProgress {
  readonly pairs: number;
  readonly totalPairs: number;
  /** Tokens that were computed, without padding. Identical pairs are computed once. */
  readonly tokens: number;
  /** The same with padding. */
  readonly paddedTokens: number;
}

/** Options of one scoring call. */
export interface ScoreOptions {
  /** Ends the call between two batches: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Cuts documents that are too long into overlapping windows instead of truncating them; the best window counts.
   * `onProgress` then counts windows.
   */
  readonly windows?: WindowOptions | undefined;
  /**
   * Called for an input (a pair; in `rankMany` a request) without finite logits. Its logits are then NaN, its ranking
   * is empty, and the other inputs are answered. Without this function the call rejects.
   */
  readonly onFailure?: ((error: InternalError, index: number) => void) | undefined;
  /** Called after every batch. */
  readonly onProgress?: ((progress: ScoreProgress) => void) | undefined;
}

/** Options for loading and running a model. */
export interface ModelOptions {
  /** `auto` (the default) means node if it is set up, else wasm. */
  readonly backend?: BackendRequest | undefined;
  /** dtype of weights and products; bfloat16 and int8 need the node backend. Default `float32`. */
  readonly dtype?: ModelDtype | undefined;
  /** Most tokens of a pair, special tokens included. Default: the smaller of the tokenizer's and the model's limit. */
  readonly maxLength?: number | undefined;
  /** Default `longest_first`, like the reference tokenizer. */
  readonly truncation?: Truncation | undefined;
  /** Which end of a text is cut. Default: `truncation_side` of tokenizer_config.json, else `right`. */
  readonly truncationSide?: TruncationSide | undefined;
  /**
   * The function from logit to `relevanceScore`: sigmoid (the default), identity, or the function that the model's
   * config.json names for sentence-transformers. The order does not depend on it, because it is by logit.
   */
  readonly activation?: ActivationRequest | undefined;
  /**
   * A file that `tfjs-reranker calibrate` wrote for this model, dtype and length: results then have a calibrated score,
   * the probability that the document is relevant.
   */
  readonly calibration?: string | undefined;
  /** Padded tokens of one forward pass. Default 1,024 on node (int8: 2,048), 4,096 on webgpu, 512 elsewhere. */
  readonly maxBatchTokens?: number | undefined;
  /**
   * Threads that compute a batch together, on wasm: this one and worker threads, over one copy of the weights. Default: as
   * many as there are cores. This thread is busy while a batch is computed.
   */
  readonly threads?: number | undefined;
  readonly onLoadProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Whether to send no requests to the hub; a model must be on this machine. Default: as HF_HUB_OFFLINE says. */
  readonly offline?: boolean | undefined;
  /** Refuse a model whose files differ from those in this lock file; a name means the commit in it. */
  readonly lockFile?: string | undefined;
  /** Called while a model of the hub is downloaded. */
  readonly onDownloadProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** Options for opening a model for inspection, in this thread. */
export interface OpenOptions extends ModelOptions {
  /** Whether gradients can be computed: float32, slower on node and wasm, twice the memory. Default false. */
  readonly differentiable?: boolean | undefined;
}

/** Facts about a loaded model, for people, logs and answers. */
export interface ModelInfo {
  /** The model folder's name, or `owner/name` for a model of the hub. */
  readonly model: string;
  /** The commit of a model of the hub. */
  readonly revision?: string | undefined;
  readonly config: ModelConfig;
  /** The backend, and the reason for its choice. */
  readonly backend: StartedBackend;
  readonly dtype: ModelDtype;
  /** Longer pairs are truncated to this number of tokens, special tokens included. */
  readonly maxLength: number;
  /** From logit to calibrated score, if the model was loaded with a calibration. */
  readonly calibration?: CalibrationCurve | undefined;
  readonly truncation: Truncation;
  readonly truncationSide: TruncationSide;
  /** The function from logit to relevance score. */
  readonly activation: Activation;
  /** Oddities of the model, and settings that are not supported; a program may want to show them. */
  readonly warnings: readonly string[];
}

/** What a reranker needs from a model: `Model` has it, and so has any other source of logits for texts. */
export interface ScoringModel {
  readonly info: ModelInfo;
  /** @returns in input order. */
  score(inputs: readonly ScoreInput[], options?: ScoreOptions): Promise<PairLogits[]>;
  dispose(): void;
}
