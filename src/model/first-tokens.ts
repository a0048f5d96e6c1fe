import { reshape, slice, type Tensor2D } from '@tensorflow/tfjs-core';

/** The first row of each sequence, which is all that the head reads: [batch x rows, hidden] -> [batch, hidden]. */
export function takeFirstTokens(hiddenStates: Tensor2D, batch: number): Tensor2D {
  const [rows, hidden] = hiddenStates.shape;
  return slice(reshape(hiddenStates, [batch, (rows / batch) * hidden]), [0, 0], [batch, hidden]) as Tensor2D;
}
