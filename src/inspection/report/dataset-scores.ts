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

/** Two documents of one query that two models put in another order. */
export interface OrderChange {
  /** The row that this model puts first, and the other one second. */
  readonly first: number;
  readonly second: number;
  /** By how much of the logit this model put it first. */
  readonly margin: number;
}

/** How two models order the documents of each query. */
export interface OrderChanges {
  /** Pairs of documents of one query. */
  readonly pairs: number;
  /** Those in another order, the widest margin first. */
  readonly changes: readonly OrderChange[];
}

/** Compares the order of documents within each query; a tie of one model is no change. */
export function findOrderChanges({ rows }: DatasetInspection): OrderChanges {
  const byQuery = new Map<string, number[]>();
  for (const [row, { query, otherLogit }] of rows.entries()) {
    if (otherLogit !== null) {
      byQuery.set(query, [...(byQuery.get(query) ?? []), row]);
    }
  }
  let pairs = 0;
  const changes: OrderChange[] = [];
  for (const own of byQuery.values()) {
    for (const [i, a] of own.entries()) {
      for (const b of own.slice(i + 1)) {
        pairs += 1;
        const margin = (rows[a]?.logit ?? 0) - (rows[b]?.logit ?? 0);
        const other = (rows[a]?.otherLogit ?? 0) - (rows[b]?.otherLogit ?? 0);
        if (margin * other < 0) {
          const [first, second] = margin > 0 ? [a, b] : [b, a];
          changes.push({ first, second, margin: Math.abs(margin) });
        }
      }
    }
  }
  return { pairs, changes: changes.sort((a, b) => b.margin - a.margin) };
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
