import { largestOf, smallestOf } from './extremes.js';
/** Median and range of measured values, in their own unit. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The middle value; for an even number of values, the mean of the two middle ones.
 *
 * @returns NaN for no values.
 */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Median, smallest and largest value; all NaN for no values. */
export function spread(values: readonly number[]): Spread {
  return values.length === 0
    ? { median: Number.NaN, min: Number.NaN, max: Number.NaN }
    : { median: median(values), min: smallestOf(values), max: largestOf(values) };
}

/** The largest and the mean absolute difference between two lists of the same length. */
export function absoluteDifferences(
  a: readonly number[],
  b: readonly number[],
): { readonly max: number; readonly mean: number } {
  const differences = a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN)));
  return {
    max: differences.reduce((largest, value) => Math.max(largest, value), 0),
    mean: differences.reduce((sum, value) => sum + value, 0) / differences.length,
  };
}
