/**
 * The largest of any number of values; -Infinity for no values, NaN if one is NaN. This equals `Math.max(...values)`,
 * which fails beyond some hundred thousand values, because each one is an argument.
 */
export function largestOf(values: Iterable<number>): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of values) largest = Math.max(largest, value);
  return largest;
}

/** The smallest of any number of values; Infinity for no values, NaN if one is NaN. */
export function smallestOf(values: Iterable<number>): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (const value of values) smallest = Math.min(smallest, value);
  return smallest;
}
