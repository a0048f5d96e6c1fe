/** Beyond this, the normal distribution function is 0 or 1 in float32. */
const SATURATED = 6;
const DENSITY_AT_0 = 1 / Math.sqrt(2 * Math.PI);

/** GELU(x) = x Phi(x) of one number, in float64; Phi is the normal distribution function. */
export function gelu(x: number): number {
  return x <= -SATURATED ? 0 : x * normal(x);
}

/** Its derivative, Phi(x) + x times the normal density. */
export function geluSlope(x: number): number {
  return Math.abs(x) >= SATURATED ? normal(x) : normal(x) + x * Math.exp(-0.5 * x * x) * DENSITY_AT_0;
}

/**
 * The normal distribution function, (1 + erf(x / sqrt 2)) / 2, as 1/2 + x P(x^2) / Q(x^2) on [-6, 6]: a rational
 * function of degree 5 over 6, fitted by reweighted least squares. It needs no exponential and is within 1.4e-9
 * everywhere; TensorFlow.js's erf on wasm is within 1.5e-7.
 */
function normal(x: number): number {
  if (x >= SATURATED) {
    return 1;
  }
  if (x <= -SATURATED) {
    return 0;
  }
  const z = x * x;
  const p =
    0.39894228960066885 +
    z *
      (0.03410225977670693 +
        z *
          (0.004957472373420305 +
            z * (0.00018878482526752383 + z * (9.428543512197183e-6 + z * 8.157464031040885e-8))));
  const q =
    1 +
    z *
      (0.2521485331742385 +
        z *
          (0.029450899498582907 +
            z *
              (0.002054580538065622 +
                z * (9.064496962556507e-5 + z * (2.4017458659544258e-6 + z * 4.576547859008563e-9)))));
  return 0.5 + (x * p) / q;
}
