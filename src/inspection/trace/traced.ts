import type { TextPair } from '../../engine/types.js';
import type { ActivationName, Dimension } from '../../model/activation-names.js';
import type { PlacedToken } from '../../tokenizer/tokenized.js';
import type { Hooks } from './hooks.js';

/** Which activations to trace, and hooks that change them. */
export interface TraceOptions {
  /** Patterns of names, such as `encoder.layer.*.attention.self.probs`; `**` matches all. Default: only the logits. */
  readonly names?: string | readonly string[] | undefined;
  /** Hooks that replace activations; the replaced values are traced. */
  readonly hooks?: Hooks | readonly Hooks[] | undefined;
  /** Ends the call between two batches: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The name and dimensions of one pair's activation. */
export interface ActivationShape {
  readonly name: ActivationName;
  /** The meaning of each dimension of `shape`; the positions of `seq` are the pair's tokens. */
  readonly dimensions: readonly Dimension[];
  /** Without batch and padding. */
  readonly shape: readonly number[];
}

/** An activation of one pair, as a plain array. */
export interface TracedActivation extends ActivationShape {
  /** Row-major, float32. */
  readonly data: Float32Array;
}

/** A pair and the shapes of its activations, without a forward pass. */
export interface ShapedPair extends TextPair {
  /** The token of each position: piece, part, place in its text. */
  readonly tokens: readonly PlacedToken[];
  /** By name, in the order of the forward pass. */
  readonly activations: ReadonlyMap<string, ActivationShape>;
}

/** A pair and its traced activations. */
export interface TracedPair extends TextPair {
  /** The token of each position: piece, part, place in its text. */
  readonly tokens: readonly PlacedToken[];
  /** [labels], float32 values. */
  readonly logits: readonly number[];
  /** By name, in the order of the forward pass. */
  readonly activations: ReadonlyMap<string, TracedActivation>;
}
