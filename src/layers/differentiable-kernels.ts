import { customGrad, fused, matMul, type Tensor1D, type Tensor2D, transpose } from '@tensorflow/tfjs-core';
import type { Kernels, LinearKernel } from '../tensor/kernels.js';
import { gelu } from './activation.js';

/**
 * x W + b whose gradient towards x is dy W^T over weights that were turned at load. TensorFlow.js's own multiplies by a
 * transposed operand, ten times slower on wasm, and works out those of W and b too, which nobody reads here.
 */
const DIFFERENTIABLE_LINEAR: LinearKernel = {
  prepare: (weight, bias) => [weight, bias, transpose(weight)],
  forward: (x, prepared, activation) => {
    const [weight, bias, turned] = prepared as readonly [Tensor2D, Tensor1D, Tensor2D];
    const multiply = customGrad((input) => ({
      value: fused.matMul({ a: input as Tensor2D, b: weight, bias }),
      gradFunc: (dy) => matMul(dy as Tensor2D, turned),
    }));
    const y = multiply(x) as Tensor2D;
    return activation === 'gelu' ? gelu(y) : y;
  },
};

/** TensorFlow.js's own ops, and gradients towards activations, never towards weights, that are fast on every backend. */
export const DIFFERENTIABLE_KERNELS: Kernels = { dtype: 'float32', linear: DIFFERENTIABLE_LINEAR };
