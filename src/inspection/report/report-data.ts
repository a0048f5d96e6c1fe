import type { PlacedToken } from '../../tokenizer/tokenized.js';
import type { PackedAttention } from '../attention/packed-attention.js';

/** The data of each document for the report's script, in the element `data`. */
export type ReportData = readonly {
  readonly tokens: readonly PlacedToken[];
  readonly attention?: PackedAttention | undefined;
}[];
