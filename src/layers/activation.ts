import { add, erf, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * GELU(x) = x / 2 * (1 + erf(x / sqrt(2))), Hendrycks and Gimpel 2016: the exact form by the error function, as
 * `torch.nn.functional.gelu(x, approximate='none')`. Any shape, float32.
 */
export function gelu<T extends Tensor>(x: T): T {
  return tidy(() => {
    const cdf = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
    return mul(x, cdf);
  });
}
