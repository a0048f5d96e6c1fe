import type { WindowOptions } from '../batching/encode-pairs.js';
import type { InternalError } from '../errors/errors.js';
import type { DownloadProgress } from '../hub/pull.js';
import type { StartedBackend } from '../kernels/backend.js';
import type { BackendRequest, ModelDtype } from '../kernels/names.js';
import type { ModelConfig } from '../model/config/model-config.js';
import type { Activation, ActivationRequest } from '../model/config/score-activation.js';
import type { TruncationSide } from '../tokenizer/tokenizer-config.js';
import type { Truncation } from '../tokenizer/truncation.js';
import type { LoadProgress } from '../weights/checkpoint.js';

/** A query and a document, plain text. */
export interface TextPair {
  readonly query: string;
  readonly document: string;
}

/** What a model reads: a text alone, as a classifier of texts does, or a query and a document. */
export type ScoreInput = string | TextPair;

/** What became of a pair's tokens; a text alone counts as a document without a query. */
export interface TokenUsage {
  /** Tokens that the model saw, special tokens counted. */
  readonly tokens: number;
  /** Tokens of the query that were cut off. */
  readonly queryTokensCut: number;
  /** Tokens of the document that were cut off. */
  readonly documentTokensCut: number;
}

/** Which part of a long document answered for all of it. */
export interface BestWindow {
  readonly index: number;
  /** Windows that the document was cut into. */
  readonly of: number;
  /** Tokens of the document that it holds: from `start`, before `end`. */
  readonly start: number;
  readonly end: number;
}

/** The model's answer to one pair. */
export interface PairLogits {
  /** [labels], float32 values; no finite numbers where the model failed on this pair. */
  readonly logits: readonly number[];
  readonly usage: TokenUsage;
  /** Of a document that was cut into several windows, the one with the largest logit. */
  readonly window?: BestWindow;
}

/** How far a call is. */
export interface ScoreProgress {
  readonly pairs: number;
  readonly totalPairs: number;
  /** Tokens of the pairs done, padding not counted. */
  readonly tokens: number;
}

/** Options of one scoring call. */
export interface ScoreOptions {
  /** Ends the call between two batches: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Cuts documents that are too long into overlapping windows instead of cutting their end off: the best one counts.
   * `onProgress` then counts windows.
   */
  readonly windows?: WindowOptions | undefined;
  /**
   * Called for an input (a pair; of `rankMany` a request) for which the model gives no finite number: its own logits are
   * NaN then, its ranking is empty, and the others are answered. Without it the call rejects.
   */
  readonly onFailure?: ((error: InternalError, index: number) => void) | undefined;
  /** Called after every batch. */
  readonly onProgress?: ((progress: ScoreProgress) => void) | undefined;
}

/** How a model is loaded and run. */
export interface ModelOptions {
  /** `auto` (the default) takes node where it is set up, else wasm. */
  readonly backend?: BackendRequest | undefined;
  /** What weights are held and multiplied in; bfloat16 and int8 on the node backend. Default `float32`. */
  readonly dtype?: ModelDtype | undefined;
  /** Tokens of a pair, special tokens counted. Default: the smaller of the tokenizer's and the model's limit. */
  readonly maxLength?: number | undefined;
  /** Default `longest_first`, as the reference tokenizer. */
  readonly truncation?: Truncation | undefined;
  /** Where a text loses its tokens. Default: `truncation_side` of tokenizer_config.json, else `right`, its end. */
  readonly truncationSide?: TruncationSide | undefined;
  /**
   * What `relevanceScore` is of the logit: its sigmoid (the default), itself, or what the model's config.json names for
   * sentence-transformers. Nothing else changes: the order is by logit.
   */
  readonly activation?: ActivationRequest | undefined;
  /** Padded tokens of one forward pass. Default 1,024 on node (int8: 2,048), 4,096 on webgpu, 512 elsewhere. */
  readonly maxBatchTokens?: number | undefined;
  /**
   * Worker threads that compute batches side by side, on wasm and cpu; each holds weights of its own. Default 1: no
   * worker, all in this thread.
   */
  readonly threads?: number | undefined;
  readonly onLoadProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Ask nothing of the hub: a model is here, or it is an error. Default: what HF_HUB_OFFLINE says. */
  readonly offline?: boolean | undefined;
  /** Refuse a model that is not, to the byte, the one that this lock file describes; a name means its commit. */
  readonly lockFile?: string | undefined;
  /** Called while a model of the hub is downloaded. */
  readonly onDownloadProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** How a model is opened to look into it: in this thread. */
export interface OpenOptions extends Omit<ModelOptions, 'threads'> {
  /** Whether gradients can be computed: float32, slower on node and wasm, weights twice in memory. Default false. */
  readonly differentiable?: boolean | undefined;
}

/** What runs: facts for people, logs and answers. */
export interface ModelInfo {
  /** The model folder's name; of a model of the hub `owner/name`. */
  readonly model: string;
  /** The commit of a model of the hub. */
  readonly revision?: string | undefined;
  readonly config: ModelConfig;
  /** The backend, and why it was taken. */
  readonly backend: StartedBackend;
  readonly dtype: ModelDtype;
  /** Tokens of a pair, special tokens counted, beyond which it is truncated. */
  readonly maxLength: number;
  readonly truncation: Truncation;
  readonly truncationSide: TruncationSide;
  /** What a relevance score is of the logit. */
  readonly activation: Activation;
  /** What is odd about the model, or asked for by it and not done; whoever loads it may want to say so. */
  readonly warnings: readonly string[];
}

/** What a reranker needs of a model: `Model` is one, and so is whatever gives logits for texts. */
export interface ScoringModel {
  readonly info: ModelInfo;
  /** @returns in input order. */
  score(inputs: readonly ScoreInput[], options?: ScoreOptions): Promise<PairLogits[]>;
  dispose(): void;
}
