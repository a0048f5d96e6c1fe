import type { TextPair } from '../../engine/types.js';
import type { ModelDtype } from '../../kernels/names.js';
import type { TruncationSide } from '../../tokenizer/tokenizer-config.js';
import type { Truncation } from '../../tokenizer/truncation.js';
import type { Pooling } from './pooling.js';

/** A pair of a data set. */
export interface DatasetPair extends TextPair {
  /** What the index calls it; default its place, from 0. */
  readonly id?: string | number | undefined;
}

/** How a data set is traced. */
export interface DatasetTraceOptions {
  /** Where shards and index go: a new folder, or one that an earlier run with the same settings began. */
  readonly folder: string;
  /** Patterns of names. */
  readonly names: string | readonly string[];
  readonly pool: Pooling;
  /** Pairs of one shard; default 1,024. */
  readonly shardPairs?: number | undefined;
  /** Ends the run between two batches; the shards that are written stay. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DatasetProgress) => void) | undefined;
}

/** How far a run is. */
export interface DatasetProgress {
  /** Done, those of earlier runs with them. */
  readonly pairs: number;
  /** Those of them that an earlier run had done. */
  readonly pairsBefore: number;
}

/** What decides about the values; a folder holds those of one set of settings. */
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
  /** Of its pairs' ids and texts: what tells whether the input is still the same. */
  readonly input_sha256: string;
}

/** `index.json`, beside the shards. */
export interface DatasetIndex {
  readonly format: 'tfjs-reranker pooled activations';
  readonly version: 1;
  readonly settings: DatasetSettings;
  readonly activations: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly shards: readonly DatasetShard[];
  /** In all shards. */
  readonly pairs: number;
  /** Whether the input was read to its end. */
  readonly complete: boolean;
}
