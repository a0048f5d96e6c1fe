import type { InspectedModel } from '../inspection.js';

/** One scored pair of a set. */
export interface DatasetRow {
  readonly query: string;
  readonly document: string;
  readonly logit: number;
  /** sigmoid(logit). */
  readonly score: number;
  /** Tokens that the model saw, special tokens counted. */
  readonly tokens: number;
  /** Tokens of both texts that truncation took. */
  readonly tokensCut: number;
  /** What the compared model gives; null without one. */
  readonly otherLogit: number | null;
}

/** A set of pairs, scored, as plain data: what the dataset page shows. */
export interface DatasetInspection {
  /** Where the pairs come from. */
  readonly source: string;
  readonly model: InspectedModel;
  /** The backend and dtype that were compared with, such as `node, bfloat16`; null without. */
  readonly compared: string | null;
  readonly rows: readonly DatasetRow[];
  /** Pairs for which a model gave no finite logit. */
  readonly failed: readonly FailedPair[];
}

/** A pair that is not among the rows, and its place in the set, from 1. */
export interface FailedPair {
  readonly pair: number;
  readonly query: string;
  readonly document: string;
}

/** A row by its place in the set, and how far two models are apart on it. */
export interface Disagreement {
  readonly row: number;
  /** Other logit minus logit. */
  readonly difference: number;
}

/** The rows on which two models differ most, the farthest apart first. */
export function findDisagreements({ rows }: DatasetInspection, count: number): Disagreement[] {
  return rows
    .flatMap(({ logit, otherLogit }, row) =>
      otherLogit === null ? [] : [{ row, difference: otherLogit - logit }],
    )
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference) || a.row - b.row)
    .slice(0, count);
}

/** Counts of values from 0 to 1 in bins of one width; 1 falls into the last. */
export function countByBin(values: readonly number[], bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(value * bins)));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts;
}
