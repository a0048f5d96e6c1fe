/** Points and weights of a quadrature. */
export interface Quadrature {
  /** Ascending, in (0, 1). */
  readonly points: readonly number[];
  /** Sum to 1. */
  readonly weights: readonly number[];
}

const ENOUGH = 1e-15;
const MOST_ITERATIONS = 100;

/**
 * Gauss-Legendre on [0, 1]: with n points exact for polynomials up to degree 2n - 1. The points are the zeros of the
 * Legendre polynomial, found by Newton's method from Tricomi's guess, in float64.
 */
export function gaussLegendre(n: number): Quadrature {
  const points: number[] = [];
  const weights: number[] = [];
  for (let i = n; i >= 1; i--) {
    let x = Math.cos((Math.PI * (i - 0.25)) / (n + 0.5));
    let { value, slope } = legendre(n, x);
    for (let k = 0; k < MOST_ITERATIONS && Math.abs(value / slope) > ENOUGH; k++) {
      x -= value / slope;
      ({ value, slope } = legendre(n, x));
    }
    points.push((1 + x) / 2);
    weights.push(1 / ((1 - x * x) * slope * slope));
  }
  return { points, weights };
}

/** The Legendre polynomial of degree n and its derivative at x in (-1, 1), by Bonnet's recursion. */
function legendre(n: number, x: number): { value: number; slope: number } {
  let [before, value] = [1, x];
  for (let k = 2; k <= n; k++) {
    [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
  }
  return { value, slope: (n * (before - x * value)) / (1 - x * x) };
}
