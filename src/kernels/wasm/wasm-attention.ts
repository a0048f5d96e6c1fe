import { matMul, softmax, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { AttentionShape } from '../kernels.js';
import { MAX_SCORES, planQueryBlocks } from '../query-blocks.js';
import { fillOnHeap, viewOnHeap } from './wasm-heap.js';

/**
 * softmax(Q K^T) V head by head, in 2-D products. The wasm backend's batched product is a plain loop (2 GFLOP/s), while
 * its 2-D product is XNNPACK's (25). Its transposition of 4 and 5 dimensions took a sixth of a forward pass, so each
 * head's rows are copied within the heap when they are needed (scripts/bench/wasm.md). Keys that are padding are left
 * out instead of masked. Not differentiable.
 *
 * @param projected [batch x seq, 3 x heads x headDim]: queries (already scaled), keys and values.
 * @param maxScores scores that are held at once.
 * @returns [batch x queries, heads x headDim]
 */
export function attendPerHead(
  projected: Tensor2D,
  shape: AttentionShape,
  maxScores: number = MAX_SCORES,
): Tensor2D {
  const { batch, seq, queries, heads, headDim, lengths } = shape;
  const hidden = heads * headDim;
  const blocks = planQueryBlocks(queries, batch * heads * seq, maxScores);
  const output = fillOnHeap<Tensor2D>([batch * queries, hidden], [], () => {});
  for (let row = 0; row < batch; row++) {
    const length = lengths[row] as number;
    for (let head = 0; head < heads; head++) {
      tidy(() => {
        const part = { first: row * seq, stride: 3 * hidden, width: headDim };
        const column = head * headDim;
        const key = takeTransposed(projected, { ...part, rows: length, column: hidden + column }); // [headDim, length]
        const value = takeRows(projected, { ...part, rows: length, column: 2 * hidden + column }); // [length, headDim]
        for (const { start, rows } of blocks) {
          tidy(() => {
            const query = takeRows(projected, { ...part, first: part.first + start, rows, column }); // [rows, headDim]
            const context = matMul(softmax(matMul(query, key)), value); // [rows, headDim]
            const from = viewOnHeap(context);
            const to = viewOnHeap(output);
            for (let i = 0; i < rows; i++) {
              const at = (row * queries + start + i) * hidden + column;
              to.set(from.subarray(i * headDim, (i + 1) * headDim), at);
            }
          });
        }
      });
    }
  }
  return output;
}

/** A rectangle of a matrix. */
export interface Part {
  readonly first: number;
  readonly rows: number;
  readonly column: number;
  readonly width: number;
  /** Columns of the whole matrix. */
  readonly stride: number;
}

export function takeRows(x: Tensor2D, { first, rows, column, width, stride }: Part): Tensor2D {
  return fillOnHeap([rows, width], [x], (output, input) => {
    for (let row = 0; row < rows; row++) {
      const from = (first + row) * stride + column;
      output.set((input as Float32Array).subarray(from, from + width), row * width);
    }
  });
}

export function takeTransposed(x: Tensor2D, { first, rows, column, width, stride }: Part): Tensor2D {
  return fillOnHeap([width, rows], [x], (output, input) => {
    const values = input as Float32Array;
    for (let row = 0; row < rows; row++) {
      const from = (first + row) * stride + column;
      for (let i = 0; i < width; i++) {
        output[i * rows + row] = values[from + i] as number;
      }
    }
  });
}
