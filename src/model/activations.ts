import type { Tensor } from '@tensorflow/tfjs-core';
import type { ActivationName } from './activation-names.js';

export * from './activation-names.js';

/**
 * Sees activations and may replace them. Capture, ablation, patching and parity are observers.
 *
 * `wants` is asked before a shortcut would remove or change a named activation: a wanted activation is always
 * computed, with the reference's value and shape. `observe` is called exactly once for every wanted name, inside the
 * tidy of the forward pass. It returns the tensor itself, or another of the same shape that takes its place. It must
 * `keep` or read what should outlive the forward pass, and must not dispose the given tensor.
 */
export interface Observer {
  wants(name: ActivationName): boolean;
  observe(name: ActivationName, tensor: Tensor): Tensor;
}

/** Observes nothing: the plain forward pass. */
export const UNOBSERVED: Observer = {
  wants: () => false,
  observe: (_name, tensor) => tensor,
};
