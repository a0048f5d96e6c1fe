import type { PackedAttention } from '../../inspection/packed-attention.js';
import type { ExplainedToken } from '../../text/tokenized.js';

/** What the report's script is given of each document; it finds it in the element `data`. */
export type ReportData = readonly {
  readonly tokens: readonly ExplainedToken[];
  readonly attention?: PackedAttention | undefined;
}[];
