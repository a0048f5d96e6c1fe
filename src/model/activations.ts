import type { Tensor } from '@tensorflow/tfjs-core';
import type { ActivationName } from './activation-names.js';

export * from './activation-names.js';

/**
 * What looks at, and may replace, activations: capture, ablation, patching and parity are functions put here.
 *
 * `wants` is asked before a shortcut would remove or change a named activation: what is wanted is always computed,
 * with the reference's value and shape. `observe` is called for every wanted name, exactly once, inside the
 * forward's tidy: it returns the tensor itself or another of the same shape to go on with. It must `keep` or read
 * what it wants to outlive the forward, and must not dispose what it was given.
 */
export interface Observer {
  wants(name: ActivationName): boolean;
  observe(name: ActivationName, tensor: Tensor): Tensor;
}

/** Looks at nothing: the plain forward. */
export const UNOBSERVED: Observer = {
  wants: () => false,
  observe: (_name, tensor) => tensor,
};
