import type { TextPair } from '../../engine/types.js';
import type { ModelDtype } from '../../kernels/names.js';
import type { TruncationSide } from '../../tokenizer/tokenizer-config.js';
import type { Truncation } from '../../tokenizer/truncation.js';
import type { Pooling } from './pooling.js';

/** A pair of a data set. */
export interface DatasetPair extends TextPair {
  /** Its name in the index; default: its place in the data set, from 0. */
  readonly id?: string | number | undefined;
}

/** Options for tracing a data set. */
export interface DatasetTraceOptions {
  /** The folder for shards and index: a new one, or one of an earlier run with the same settings. */
  readonly folder: string;
  /** Patterns of names. */
  readonly names: string | readonly string[];
  readonly pool: Pooling;
  /** Pairs of one shard; default 1,024. */
  readonly shardPairs?: number | undefined;
  /** Ends the run between two batches; written shards are kept. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DatasetProgress) => void) | undefined;
}

/** The progress of a run. */
export interface DatasetProgress {
  /** Number of finished pairs, including those of earlier runs. */
  readonly pairs: number;
  /** How many of them an earlier run had finished. */
  readonly pairsBefore: number;
}

/** The settings that determine the values; all shards of a folder have the same. */
export interface DatasetSettings {
  readonly model: string;
  readonly weights_sha256: string;
  readonly backend: string;
  readonly dtype: ModelDtype;
  readonly max_length: number;
  readonly truncation: Truncation;
  readonly truncation_side: TruncationSide;
  readonly names: readonly string[];
  readonly pool: Pooling;
  readonly shard_pairs: number;
}

/** One file of pooled activations: each activation is a tensor [pairs, width], float32. */
export interface DatasetShard {
  readonly file: string;
  /** The place of its first pair in the data set. */
  readonly first: number;
  readonly pairs: number;
  /** Of its pairs, in order. */
  readonly ids: readonly (string | number)[];
  /** Hash of its pairs' ids and texts, to detect a changed input. */
  readonly input_sha256: string;
}

/** `index.json`, beside the shards. */
export interface DatasetIndex {
  readonly format: 'tfjs-reranker pooled activations';
  readonly version: 1;
  readonly settings: DatasetSettings;
  readonly activations: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly shards: readonly DatasetShard[];
  /** Number of pairs in all shards. */
  readonly pairs: number;
  /** Whether the input was read to its end. */
  readonly complete: boolean;
}
