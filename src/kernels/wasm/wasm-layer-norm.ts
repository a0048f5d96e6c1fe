import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { fillOnHeap } from './wasm-heap.js';

/** LayerNorm over the last dimension, x [tokens, hidden]; mean and variance in float64. Not differentiable. */
export function layerNorm(x: Tensor2D, weight: Tensor1D, bias: Tensor1D, eps: number): Tensor2D {
  const [tokens, hidden] = x.shape;
  return fillOnHeap(x.shape, [x, weight, bias], (output, ...inputs) => {
    const [values, scale, shift] = inputs as [Float32Array, Float32Array, Float32Array];
    for (let start = 0; start < tokens * hidden; start += hidden) {
      const { mean, factor } = momentsOf(values, start, hidden, eps);
      for (let i = 0; i < hidden; i++) {
        output[start + i] =
          ((values[start + i] as number) - mean) * factor * (scale[i] as number) + (shift[i] as number);
      }
    }
  });
}

/**
 * The gradient of LayerNorm towards x, by the formula of `plain-gradients.ts`. All sums are float64.
 *
 * @param dy [tokens, hidden]
 */
export function layerNormGradient(dy: Tensor2D, x: Tensor2D, weight: Tensor1D, eps: number): Tensor2D {
  const [tokens, hidden] = x.shape;
  return fillOnHeap(x.shape, [dy, x, weight], (output, ...inputs) => {
    const [slopes, values, scale] = inputs as [Float32Array, Float32Array, Float32Array];
    for (let start = 0; start < tokens * hidden; start += hidden) {
      const { mean, factor } = momentsOf(values, start, hidden, eps);
      let sum = 0;
      let along = 0;
      for (let i = 0; i < hidden; i++) {
        const g = (slopes[start + i] as number) * (scale[i] as number);
        sum += g;
        along += g * ((values[start + i] as number) - mean) * factor;
      }
      for (let i = 0; i < hidden; i++) {
        const g = (slopes[start + i] as number) * (scale[i] as number);
        const standardized = ((values[start + i] as number) - mean) * factor;
        output[start + i] = factor * (g - sum / hidden - (standardized * along) / hidden);
      }
    }
  });
}

/** Mean of a row, and the factor that scales its deviation to 1. */
function momentsOf(
  values: Float32Array,
  start: number,
  hidden: number,
  eps: number,
): { mean: number; factor: number } {
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
  return { mean, factor: 1 / Math.sqrt(squares / hidden + eps) };
}
