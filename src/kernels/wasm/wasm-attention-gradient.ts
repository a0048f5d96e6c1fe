import { matMul, mul, softmax, sub, sum, type Tensor2D, tidy, transpose } from '@tensorflow/tfjs-core';
import type { AttentionShape } from '../kernels.js';
import { takeRows, takeTransposed } from './wasm-attention.js';
import { fillOnHeap, viewOnHeap } from './wasm-heap.js';

/**
 * The gradient of {@link attendPerHead}, also head by head in 2-D products, by the formula of `plain-gradients.ts`.
 * Keys that are padding have no gradient.
 *
 * @param dy [batch x queries, heads x headDim]
 * @returns the gradient towards `projected`, [batch x seq, 3 x heads x headDim].
 */
export function attentionGradientPerHead(
  dy: Tensor2D,
  projected: Tensor2D,
  { batch, seq, queries, heads, headDim, lengths }: AttentionShape,
): Tensor2D {
  const hidden = heads * headDim;
  const stride = 3 * hidden;
  const output = fillOnHeap<Tensor2D>([batch * seq, stride], [], (values) => void values.fill(0));
  for (let row = 0; row < batch; row++) {
    const length = lengths[row] as number;
    const rows = Math.min(queries, length);
    for (let head = 0; head < heads; head++) {
      tidy(() => {
        const column = head * headDim;
        const part = { first: row * seq, stride, width: headDim };
        const query = takeRows(projected, { ...part, rows, column });
        const key = takeRows(projected, { ...part, rows: length, column: hidden + column });
        const turnedKey = takeTransposed(projected, { ...part, rows: length, column: hidden + column });
        const turnedValue = takeTransposed(projected, { ...part, rows: length, column: 2 * hidden + column });
        const dContext = takeRows(dy, { first: row * queries, rows, column, width: headDim, stride: hidden });
        const probs = softmax(matMul(query, turnedKey)) as Tensor2D; // [rows, length]
        const dProbs = matMul(dContext, turnedValue);
        const dScores = mul(probs, sub(dProbs, sum(mul(dProbs, probs), 1, true))) as Tensor2D;
        const parts = [
          matMul(dScores, key), // of the queries, [rows, headDim]
          matMul(transpose(dScores), query), // of the keys, [length, headDim]
          matMul(transpose(probs), dContext), // of the values
        ];
        const to = viewOnHeap(output);
        for (const [i, gradient] of parts.entries()) {
          const from = viewOnHeap(gradient);
          for (let token = 0; token < from.length / headDim; token++) {
            const at = (row * seq + token) * stride + i * hidden + column;
            to.set(from.subarray(token * headDim, (token + 1) * headDim), at);
          }
        }
      });
    }
  }
  return output;
}
