import {
  concat,
  matMul,
  reshape,
  softmax,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import type { AttentionShape, Kernels } from './kernels.js';

/** Multiplications per head below which calling twelve kernels costs more than the slow loop (measured). */
const WORTHWHILE = 12_000;

/**
 * Attention for the wasm backend. Its batched matmul is a plain loop (2 GFLOP/s), its 2-D matmul is XNNPACK's (25):
 * twelve small products a sequence beat one batched one by 5 to 9 times (scripts/bench/attention.md). Slices are no
 * way to get at them (each wasm slice first copies its whole source out of the heap), so queries, keys and values
 * are copied out once and every head's rows go back in. Padding is left out instead of masked. Not differentiable.
 *
 * @param projected [batch x seq, 3 x heads x headDim]
 * @returns [batch x seq, heads x headDim], zero in the rows of padding.
 */
export function attendPerHead(projected: Tensor2D, shape: AttentionShape): Tensor2D {
  const { batch, seq, heads, headDim, lengths } = shape;
  const byHead = tidy(() => transpose(reshape(projected, [batch, seq, 3, heads, headDim]), [2, 0, 3, 1, 4])); // [3, batch, heads, seq, headDim]
  // Read outside of any tidy of ours: what a tidy returns is searched for tensors, a typed array number by number.
  const host = byHead.dataSync<'float32'>();
  byHead.dispose();

  return tidy(() => {
    const contexts: Tensor[] = []; // [length, headDim] each, in the order [batch, heads]
    for (const [row, length] of lengths.entries()) {
      const padding = length < seq ? [zeros([seq - length, headDim])] : [];
      for (let head = 0; head < heads; head++) {
        const take = (part: number): Tensor2D => {
          const start = ((part * batch + row) * heads + head) * seq * headDim;
          return tensor2d(host.subarray(start, start + length * headDim), [length, headDim]);
        };
        const context = tidy(() => {
          const probs = softmax(matMul(take(0), transpose(take(1)))); // [length, length]
          return matMul(probs, take(2)); // [length, headDim]
        });
        contexts.push(context, ...padding);
      }
    }
    const joined = reshape(concat(contexts, 0), [batch, heads, seq, headDim]);
    return reshape(transpose(joined, [0, 2, 1, 3]), [batch * seq, heads * headDim]);
  });
}

/** What is faster on wasm than TensorFlow.js's own ops there. */
export const WASM_KERNELS: Kernels = {
  dtype: 'float32',
  // The first tokens alone (`queries` of 1) are a small product in any way.
  attention: (projected, shape) =>
    shape.queries === shape.seq && shape.seq * shape.seq * shape.headDim >= WORTHWHILE
      ? attendPerHead(projected, shape)
      : undefined,
};
