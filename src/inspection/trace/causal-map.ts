import type { TextPair } from '../../engine/types.js';

/** What is patched: the residual stream after the embeddings and after each layer, or what one block adds to it. */
export type PatchSite = 'output.LayerNorm' | 'attention.output.dense' | 'output.dense';

/** Options of causal tracing. */
export interface CausalTracingOptions {
  /** The pair whose activations are used. */
  readonly from: TextPair;
  /** The pair whose pass is patched; it must have as many tokens as `from`. */
  readonly into: TextPair;
  /** Default `output.LayerNorm`. */
  readonly site?: PatchSite | undefined;
  /** Positions that are patched together, such as a word's tokens. Default: each token alone. */
  readonly positions?: readonly (readonly number[])[] | undefined;
  /** Default 0. */
  readonly label?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The effect of patching one place on the logit, for every layer and position. */
export interface CausalMap {
  /** The activation of each row, by layer; for the residual stream the embeddings' output comes first. */
  readonly names: readonly string[];
  /** The positions of each column. */
  readonly positions: readonly (readonly number[])[];
  /** Of the unpatched pairs. */
  readonly logits: { readonly from: number; readonly into: number };
  /** [names][positions]: the patched logit minus that of `into`; `from` minus `into` if one place decides all. */
  readonly effects: readonly Float64Array[];
}
