import { type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { AttentionKernel } from '../kernels.js';
import { MAX_SCORES } from '../query-blocks.js';
import type { Assembly } from './wasm-assembly.js';
import { addressOf, emptyOnHeap } from './wasm-heap.js';

/** Bytes of a float32 number. */
const SIZE = 4;

/** Queries whose scores are held at once: with 512 keys they take 128 KiB, which stays in the cache. */
const ROWS_AT_ONCE = 64;

/**
 * softmax(Q K^T) V head by head, by assembly/attention.ts. Keys that are padding are left out instead of masked. Not
 * differentiable.
 */
export function attendByAssembly({ attend, attendScratch }: Assembly): AttentionKernel {
  return (projected, shape, maxScores = MAX_SCORES) => {
    const { batch, seq, queries, heads, headDim, lengths } = shape;
    const hidden = heads * headDim;
    const stride = SIZE * 3 * hidden;
    const rows = Math.min(queries, ROWS_AT_ONCE, Math.max(1, Math.floor(maxScores / seq)));
    return tidy(() => {
      const output = emptyOnHeap<Tensor2D>([batch * queries, hidden]);
      const scratch = emptyOnHeap([attendScratch(rows, seq, headDim) / SIZE]);
      const [from, to, space] = [addressOf(projected), addressOf(output), addressOf(scratch)];
      for (let row = 0; row < batch; row++) {
        const length = lengths[row] as number;
        for (let head = 0; head < heads; head++) {
          const query = from + row * seq * stride + SIZE * head * headDim;
          const [key, value] = [query + SIZE * hidden, query + SIZE * 2 * hidden];
          const target = to + SIZE * (row * queries * hidden + head * headDim);
          attend(
            ...([query, key, value, stride, queries, length, headDim] as const),
            ...([rows, target, SIZE * hidden, space] as const),
          );
        }
      }
      return output;
    });
  };
}
