import type { PlacedToken } from '../../tokenizer/tokenized.js';
import type { PackedAttention } from '../attention/packed-attention.js';

/** What the report's script is given of each document; it finds it in the element `data`. */
export type ReportData = readonly {
  readonly tokens: readonly PlacedToken[];
  readonly attention?: PackedAttention | undefined;
}[];
