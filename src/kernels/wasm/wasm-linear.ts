import { fused, type Tensor1D, type Tensor2D, tidy, transpose } from '@tensorflow/tfjs-core';
import type { LinearKernel } from '../kernels.js';
import { gelu } from './wasm-gelu.js';
import { fillOnHeap, viewOnHeap } from './wasm-heap.js';

/** Number of inFeatures that one product sums over. */
const BLOCK = 128;

/** Products that one pass adds to the sum. Together they save passes, and they are still in the cache. */
const ADDED_AT_ONCE = 3;

/**
 * x W + b in blocks of inFeatures, whose products are added in float64, and exact GELU. XNNPACK's product has one
 * float32 sum over all inFeatures, without fused multiply-add. With it, after twelve layers of 768 and 3,072 numbers,
 * the hidden states are more than twice as far from float64 as PyTorch's. scripts/bench/wasm-accuracy.md has the
 * accuracy and the cost of each block size. Not differentiable.
 */
export const WASM_LINEAR: LinearKernel = {
  prepare: (stored, bias) => {
    const weight = transpose(stored); // [inFeatures, outFeatures]
    const [inFeatures] = weight.shape;
    if (inFeatures <= BLOCK) {
      return [bias, weight];
    }
    const blocks: Tensor2D[] = [];
    for (let start = 0; start < inFeatures; start += BLOCK) {
      blocks.push(takeRows(weight, start, Math.min(BLOCK, inFeatures - start)));
    }
    return [bias, ...blocks];
  },
  forward: (x, prepared, activation) =>
    tidy(() => {
      const [bias, ...blocks] = prepared as readonly [Tensor1D, ...Tensor2D[]];
      let start = 0;
      const multiply = (b: Tensor2D): Tensor2D => {
        const a = blocks.length === 1 ? x : takeColumns(x, start, b.shape[0]);
        const product = fused.matMul(start === 0 ? { a, b, bias } : { a, b }) as Tensor2D;
        start += b.shape[0];
        return product;
      };
      const [first, ...rest] = blocks;
      const output = multiply(first as Tensor2D);
      for (let i = 0; i < rest.length; i += ADDED_AT_ONCE) {
        tidy(() => {
          const products = rest.slice(i, i + ADDED_AT_ONCE).map(multiply);
          const [a, b, c] = products.map(viewOnHeap);
          addTo(viewOnHeap(output), a as Float32Array, b, c);
        });
      }
      if (activation === 'gelu') {
        applyGelu(viewOnHeap(output));
      }
      return output;
    }),
};

/** Rows of x, [rows, width]. TensorFlow.js's own slice would copy all of x out of the heap each time. */
function takeRows(x: Tensor2D, start: number, rows: number): Tensor2D {
  const [, width] = x.shape;
  return fillOnHeap([rows, width], [x], (output, input) => {
    output.set((input as Float32Array).subarray(start * width, (start + rows) * width));
  });
}

/** Columns of x, [tokens, width]. */
function takeColumns(x: Tensor2D, start: number, width: number): Tensor2D {
  const [tokens, features] = x.shape;
  return fillOnHeap([tokens, width], [x], (output, input) => {
    for (let row = 0; row < tokens; row++) {
      const from = row * features + start;
      output.set((input as Float32Array).subarray(from, from + width), row * width);
    }
  });
}

/** Adds up to three arrays to the first one, in float64. */
function addTo(sum: Float32Array, a: Float32Array, b?: Float32Array, c?: Float32Array): void {
  if (c !== undefined && b !== undefined) {
    for (let i = 0; i < sum.length; i++) {
      sum[i] = (sum[i] as number) + (a[i] as number) + (b[i] as number) + (c[i] as number);
    }
  } else if (b !== undefined) {
    for (let i = 0; i < sum.length; i++) {
      sum[i] = (sum[i] as number) + (a[i] as number) + (b[i] as number);
    }
  } else {
    for (let i = 0; i < sum.length; i++) {
      sum[i] = (sum[i] as number) + (a[i] as number);
    }
  }
}

function applyGelu(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    values[i] = gelu(values[i] as number);
  }
}
