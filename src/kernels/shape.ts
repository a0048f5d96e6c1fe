import type { Tensor } from '@tensorflow/tfjs-core';
import { InternalError } from '../errors/errors.js';

/** `[2, 3]` as people read it, for messages. */
function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** @throws InternalError when a tensor handed between parts does not have the shape that was agreed. */
export function assertShape(tensor: Tensor, expected: readonly number[], what: string): void {
  const same = tensor.shape.length === expected.length && expected.every((n, i) => n === tensor.shape[i]);
  if (!same) {
    throw new InternalError(
      `${what} has shape ${formatShape(tensor.shape)}; expected ${formatShape(expected)}.`,
    );
  }
}
