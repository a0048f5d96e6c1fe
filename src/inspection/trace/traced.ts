import type { TextPair } from '../../engine/types.js';
import type { ActivationName, Dimension } from '../../model/activation-names.js';
import type { PlacedToken } from '../../tokenizer/tokenized.js';
import type { Hooks } from './hooks.js';

/** What is to be looked at, and what is to be done meanwhile. */
export interface TraceOptions {
  /** Patterns of names, as `encoder.layer.*.attention.self.probs`; `**` is all. Default: none, logits alone. */
  readonly names?: string | readonly string[] | undefined;
  /** What replaces activations on the way; traced is what the pass went on with. */
  readonly hooks?: Hooks | readonly Hooks[] | undefined;
  /** Ends the call between two batches: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** An activation of one pair: its name and what its dimensions are. */
export interface ActivationShape {
  readonly name: ActivationName;
  /** What each dimension of `shape` is; the positions of `seq` are the pair's tokens. */
  readonly dimensions: readonly Dimension[];
  /** Without batch and padding. */
  readonly shape: readonly number[];
}

/** An activation of one pair, on the host. */
export interface TracedActivation extends ActivationShape {
  /** Row-major, float32. */
  readonly data: Float32Array;
}

/** A pair and the activations that it would have: no forward pass was made. */
export interface ShapedPair extends TextPair {
  /** What each position is: piece, part, place in its text. */
  readonly tokens: readonly PlacedToken[];
  /** By name, in the order of the forward pass. */
  readonly activations: ReadonlyMap<string, ActivationShape>;
}

/** A pair and what was looked at in it. */
export interface TracedPair extends TextPair {
  /** What each position is: piece, part, place in its text. */
  readonly tokens: readonly PlacedToken[];
  /** [labels], float32 values. */
  readonly logits: readonly number[];
  /** By name, in the order of the forward pass. */
  readonly activations: ReadonlyMap<string, TracedActivation>;
}
