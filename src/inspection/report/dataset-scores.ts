import type { InspectedModel } from '../inspection.js';

/** One scored pair of a set. */
export interface DatasetRow {
  readonly query: string;
  readonly document: string;
  readonly logit: number;
  /** sigmoid(logit). */
  readonly score: number;
  /** Tokens that the model read, special tokens included. */
  readonly tokens: number;
  /** Tokens of both texts removed by truncation. */
  readonly tokensCut: number;
  /** The logit of the compared model; null without one. */
  readonly otherLogit: number | null;
}

/** A set of scored pairs as plain data, for the dataset page. */
export interface DatasetInspection {
  /** Where the pairs come from. */
  readonly source: string;
  readonly model: InspectedModel;
  /** The compared backend and dtype, such as `node, bfloat16`; null without a comparison. */
  readonly compared: string | null;
  readonly rows: readonly DatasetRow[];
  /** Pairs without a finite logit of a model. */
  readonly failed: readonly FailedPair[];
}

/** A pair without a row, and its place in the set, from 1. */
export interface FailedPair {
  readonly pair: number;
  readonly query: string;
  readonly document: string;
}

/** The index of a row, and the distance of two models on it. */
export interface Disagreement {
  readonly row: number;
  /** Other logit minus logit. */
  readonly difference: number;
}

/** The rows on which two models differ most, the largest difference first. */
export function findDisagreements({ rows }: DatasetInspection, count: number): Disagreement[] {
  return rows
    .flatMap(({ logit, otherLogit }, row) =>
      otherLogit === null ? [] : [{ row, difference: otherLogit - logit }],
    )
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference) || a.row - b.row)
    .slice(0, count);
}

/** Counts of values from 0 to 1 in bins of equal width; 1 belongs to the last. */
export function countByBin(values: readonly number[], bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(value * bins)));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts;
}
