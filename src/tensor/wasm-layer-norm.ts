import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { fillOnHeap } from './wasm-heap.js';

/** LayerNorm over the last dimension, x [tokens, hidden]; mean and variance in float64. Not differentiable. */
export function layerNorm(x: Tensor2D, weight: Tensor1D, bias: Tensor1D, eps: number): Tensor2D {
  const [tokens, hidden] = x.shape;
  return fillOnHeap(x.shape, [x, weight, bias], (output, ...inputs) => {
    const [values, scale, shift] = inputs as [Float32Array, Float32Array, Float32Array];
    for (let start = 0; start < tokens * hidden; start += hidden) {
      let sum = 0;
      for (let i = 0; i < hidden; i++) {
        sum += values[start + i] as number;
      }
      const mean = sum / hidden;
      let squares = 0;
      for (let i = 0; i < hidden; i++) {
        const centred = (values[start + i] as number) - mean;
        squares += centred * centred;
      }
      const factor = 1 / Math.sqrt(squares / hidden + eps);
      for (let i = 0; i < hidden; i++) {
        output[start + i] =
          ((values[start + i] as number) - mean) * factor * (scale[i] as number) + (shift[i] as number);
      }
    }
  });
}
