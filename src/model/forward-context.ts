import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import { InternalError } from '../errors/errors.js';
import type { Kernels } from '../kernels/kernels.js';
import type { ActivationName, Observer } from './activations.js';

/**
 * The side inputs of one forward pass. Hidden states travel as [tokens, hidden] with tokens = batch x seq, the
 * shape on which matrix kernels are fast. An observer sees them in the reference's shape, [batch, seq, hidden].
 */
export class ForwardContext {
  constructor(
    readonly batch: number,
    readonly seq: number,
    /** The sequences' lengths, [batch], on the host. */
    readonly lengths: Int32Array,
    /** [batch, 1, 1, seq], 0 where a token is and a large negative where padding is; absent when nothing is padded. */
    readonly additiveMask: Tensor | undefined,
    readonly kernels: Kernels,
    private readonly observer: Observer,
  ) {}

  /** Whether somebody observes this activation. */
  wants(name: ActivationName): boolean {
    return this.observer.wants(name);
  }

  /** Shows a wanted activation to the observer, in the reference's shape, and returns the observer's tensor. */
  observe<T extends Tensor>(name: ActivationName, tensor: T, shape: readonly number[] = tensor.shape): T {
    if (!this.observer.wants(name)) {
      return tensor;
    }
    const shown = reshape(this.toFloat32(tensor), [...shape]);
    const seen = this.observer.observe(name, shown);
    assertShape(seen, shape, `What the observer returned for "${name}"`);
    return reshape(seen, tensor.shape) as T;
  }

  /** The tensor in float32. Kernels may pass tensors of another type to each other. */
  toFloat32<T extends Tensor>(tensor: T): T {
    return this.kernels.toFloat32(tensor);
  }

  /** `observe` for a [tokens, width] tensor, shown as [batch, seq, width]. */
  observeTokens<T extends Tensor>(name: ActivationName, tensor: T): T {
    const [tokens, width] = tensor.shape as [number, number];
    return this.observe(name, tensor, [this.batch, tokens / this.batch, width]);
  }
}

/** @throws InternalError when a tensor that is passed between parts does not have the agreed shape. */
function assertShape(tensor: Tensor, expected: readonly number[], what: string): void {
  const same = tensor.shape.length === expected.length && expected.every((n, i) => n === tensor.shape[i]);
  if (!same) {
    const [is, should] = [tensor.shape, expected].map((shape) => `[${shape.join(', ')}]`);
    throw new InternalError(`${what} has shape ${is}; expected ${should}.`);
  }
}
