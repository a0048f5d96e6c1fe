import {
  add,
  customGrad,
  erf,
  exp,
  fused,
  matMul,
  mean,
  mul,
  rsqrt,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { registerGradients } from '../tensor/gradients.js';
import type { AttentionShape, Kernels, LinearKernel } from '../tensor/kernels.js';
import { gelu } from './activation.js';
import { attend, attentionGradient } from './attention-gradient.js';

/**
 * Kernels whose results have gradients towards their inputs, never towards weights: the forward pass is that of the
 * kernels given, each layer's gradient its own formula. TensorFlow.js's gradients would multiply by transposed operands,
 * ten times slower on wasm, work out those of the weights too, and keep every tensor in between.
 *
 * @param kernels float32.
 */
export function differentiable(kernels: Kernels): Kernels {
  registerGradients();
  return {
    ...kernels,
    linear: differentiableLinear(kernels.linear ?? PLAIN_LINEAR, kernels.gelu ?? PLAIN_GELU),
    layerNorm: (x, weight, bias, eps) =>
      withGradient(
        x,
        () => kernels.layerNorm?.(x, weight, bias, eps) ?? normalize(x, weight, bias, eps),
        (dy, input) => (kernels.layerNormGradient ?? layerNormGradient)(dy, input, weight, eps),
      ),
    attention: (projected, shape: AttentionShape) =>
      withGradient(
        projected,
        () => kernels.attention?.(projected, shape) ?? attend(projected, shape),
        (dy, input, additiveMask) =>
          (kernels.attentionGradient ?? attentionGradient)(dy, input, { ...shape, additiveMask }),
        shape.additiveMask,
      ),
  };
}

const PLAIN_LINEAR: LinearKernel = {
  prepare: (weight, bias) => [weight, bias],
  forward: (x, prepared) => {
    const [weight, bias] = prepared as readonly [Tensor2D, Tensor1D];
    return fused.matMul({ a: x, b: weight, bias }) as Tensor2D;
  },
};

const PLAIN_GELU: NonNullable<Kernels['gelu']> = { forward: gelu, gradient: geluGradient };

/** x W + b; its gradient is dy W^T, over weights that were turned at load. */
function differentiableLinear(kernel: LinearKernel, activation: NonNullable<Kernels['gelu']>): LinearKernel {
  return {
    prepare: (weight, bias) => [transpose(weight), ...kernel.prepare(weight, bias)],
    forward: (x, [turned, ...prepared], wanted) => {
      const y = withGradient(
        x,
        () => kernel.forward(x, prepared),
        (dy) => matMul(dy, turned as Tensor2D),
      );
      return wanted === 'gelu' ? withGradient(y, () => activation.forward(y), activation.gradient) : y;
    },
  };
}

/**
 * The result of `forward`, which is not looked into; the way back is `backward`.
 *
 * @param also a tensor that `backward` needs beside x; both are kept until then.
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

/** x Phi(x) has the derivative Phi(x) + x phi(x), phi the normal density. */
function geluGradient(dy: Tensor2D, x: Tensor2D): Tensor2D {
  return tidy(() => {
    const cdf = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
    const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return mul(dy, add(cdf, mul(x, density)));
  });
}

function normalize(x: Tensor2D, weight: Tensor1D, bias: Tensor1D, eps: number): Tensor2D {
  return tidy(() => add(mul(standardize(x, eps).standardized, weight), bias));
}

/** With z the standardized x, s its deviation and g = dy weight: dx = (g - mean g - z mean(g z)) / s. */
function layerNormGradient(dy: Tensor2D, x: Tensor2D, weight: Tensor1D, eps: number): Tensor2D {
  return tidy(() => {
    const { standardized, factor } = standardize(x, eps);
    const g = mul(dy, weight);
    const alongMean = mean(g, 1, true);
    const alongScale = mul(standardized, mean(mul(g, standardized), 1, true));
    return mul(factor, sub(sub(g, alongMean), alongScale));
  });
}

/** (x - E[x]) / sqrt(Var[x] + eps) and the factor by which it is scaled, [tokens, 1]. */
function standardize(x: Tensor2D, eps: number): { standardized: Tensor; factor: Tensor } {
  const centred = sub(x, mean(x, 1, true));
  const factor = rsqrt(add(mean(square(centred), 1, true), eps));
  return { standardized: mul(centred, factor), factor };
}
