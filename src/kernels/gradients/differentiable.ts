import { add, clone, customGrad, matMul, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { KernelGradients, Kernels, LinearKernel } from '../kernels.js';
import { registerGradients } from './gradients.js';

/**
 * Adds gradients towards inputs (never towards weights) to kernels. The forward pass is that of the given kernels, and
 * each kernel's gradient is a formula of its own. TensorFlow.js's gradients would multiply by transposed operands (ten
 * times slower on wasm), compute those of the weights too, and keep every intermediate tensor.
 *
 * @param kernels float32.
 */
export function differentiable(kernels: Kernels, gradients: KernelGradients): Kernels {
  registerGradients();
  const gelu = (x: Tensor2D) => withGradient(x, () => kernels.gelu(x), gradients.gelu);
  return {
    ...kernels,
    gelu,
    add: (a, b) => add(a, b), // TensorFlow.js's own, which has a gradient
    linear: differentiableLinear(kernels.linear, gelu),
    layerNorm: (x, weight, bias, eps) =>
      withGradient(
        x,
        () => kernels.layerNorm(x, weight, bias, eps),
        (dy, input) => gradients.layerNorm(dy, input, weight, eps),
      ),
    attention: (projected, shape, maxScores) =>
      withGradient(
        projected,
        () => kernels.attention(projected, shape, maxScores),
        (dy, input, additiveMask) => gradients.attention(dy, input, { ...shape, additiveMask }),
        shape.additiveMask,
      ),
  };
}

/** x W + b. Its gradient is dy W^T, with the weights as they are stored, [outFeatures, inFeatures]. */
function differentiableLinear(linear: LinearKernel, gelu: Kernels['gelu']): LinearKernel {
  return {
    prepare: (weight, bias) => [clone(weight), ...linear.prepare(weight, bias)],
    forward: (x, [stored, ...prepared], activation) => {
      const y = withGradient(
        x,
        () => linear.forward(x, prepared),
        (dy) => matMul(dy, stored as Tensor2D),
      );
      return activation === 'gelu' ? gelu(y) : y;
    },
  };
}

/**
 * Runs `forward` without recording what it does, and `backward` for its gradient.
 *
 * @param also a tensor that `backward` needs besides x; both are kept until then.
 */
function withGradient(
  x: Tensor2D,
  forward: () => Tensor2D,
  backward: (dy: Tensor2D, x: Tensor2D, also: Tensor | undefined) => Tensor2D,
  also?: Tensor,
): Tensor2D {
  const run = customGrad((input, save) => {
    const value = forward();
    (save as (tensors: Tensor[]) => void)([input as Tensor, ...(also === undefined ? [] : [also])]);
    return {
      value,
      gradFunc: (dy, [saved, savedToo]) => backward(dy as Tensor2D, saved as Tensor2D, savedToo),
    };
  });
  return run(x) as Tensor2D;
}
