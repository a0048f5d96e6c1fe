import type { TextPair } from '../../engine/types.js';

/** Where the residual stream is patched: after the embeddings and after each layer; or what one block adds to it. */
export type PatchSite = 'output.LayerNorm' | 'attention.output.dense' | 'output.dense';

/** What is patched into what. */
export interface CausalTracingOptions {
  /** Whose activations are put in. */
  readonly from: TextPair;
  /** Into whose pass; as many tokens as `from`. */
  readonly into: TextPair;
  /** Default `output.LayerNorm`. */
  readonly site?: PatchSite | undefined;
  /** Positions that are patched together, such as a word's tokens. Default: each token for itself. */
  readonly positions?: readonly (readonly number[])[] | undefined;
  /** Default 0. */
  readonly label?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What patching one place does to the logit, for every layer and position. */
export interface CausalMap {
  /** The activation of each row: the embeddings' output first where the site is the residual stream, then by layer. */
  readonly names: readonly string[];
  /** The positions of each column. */
  readonly positions: readonly (readonly number[])[];
  /** Of the unpatched pairs. */
  readonly logits: { readonly from: number; readonly into: number };
  /** [names][positions]: the patched logit minus that of `into`; all of logits.from - logits.into where one place decides. */
  readonly effects: readonly Float64Array[];
}
