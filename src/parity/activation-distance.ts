import { largestOf, smallestOf } from '../math/extremes.js';
/** The distance of an activation from the reference's. */
export interface ActivationDistance {
  /** The largest |actual - expected|, their mean, and the value that 99.9 % of them do not exceed. */
  readonly max: number;
  readonly mean: number;
  readonly p999: number;
  /** The cosine of the angle between the two as vectors: 1 is the same direction. */
  readonly cosine: number;
  /** The largest |expected|. */
  readonly magnitude: number;
}

/**
 * Distance between two lists of the same length, in float64.
 *
 * @returns all NaN if a value is NaN, which passes no tolerance. For lists of zeros the cosine is 1.
 */
export function activationDistance(
  expected: ArrayLike<number>,
  actual: ArrayLike<number>,
): ActivationDistance {
  const differences = new Float64Array(expected.length);
  let [sum, product, squaresExpected, squaresActual, magnitude] = [0, 0, 0, 0, 0];
  for (let i = 0; i < expected.length; i++) {
    const [e, a] = [expected[i] as number, actual[i] as number];
    differences[i] = Math.abs(a - e);
    sum += differences[i] as number;
    product += e * a;
    squaresExpected += e * e;
    squaresActual += a * a;
    magnitude = Math.max(magnitude, Math.abs(e));
  }
  if (Number.isNaN(sum) || expected.length !== actual.length) {
    return { max: Number.NaN, mean: Number.NaN, p999: Number.NaN, cosine: Number.NaN, magnitude };
  }
  differences.sort();
  const norms = Math.sqrt(squaresExpected) * Math.sqrt(squaresActual);
  return {
    max: differences.at(-1) ?? 0,
    mean: expected.length === 0 ? 0 : sum / expected.length,
    p999: differences[Math.ceil(differences.length * 0.999) - 1] ?? 0,
    cosine: norms > 0 ? product / norms : squaresExpected === squaresActual ? 1 : 0,
    magnitude,
  };
}

/** Combines the distances of several activations of one name: the largest distances, the smallest cosine, the mean of means. */
export function worstOf(distances: readonly ActivationDistance[]): ActivationDistance {
  const largest = (of: (distance: ActivationDistance) => number): number => largestOf(distances.map(of));
  return {
    max: largest(({ max }) => max),
    mean: distances.reduce((sum, { mean }) => sum + mean, 0) / distances.length,
    p999: largest(({ p999 }) => p999),
    cosine: smallestOf(distances.map(({ cosine }) => cosine)),
    magnitude: largest(({ magnitude }) => magnitude),
  };
}
