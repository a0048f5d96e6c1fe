import { InputError } from '../errors/errors.js';

/**
 * Divides sequences into batches, sorted by length (the longest first, equal ones in input order). A batch takes as
 * many as keep its padded size, sequences x longest, within the budget; a longer sequence is a batch of its own.
 *
 * @param lengths tokens of each sequence.
 * @param maxBatchTokens the budget, including padding.
 * @returns indices into `lengths`, each exactly once.
 * @throws InputError if the budget is not a positive integer.
 */
export function planBatches(lengths: readonly number[], maxBatchTokens: number): number[][] {
  assertMaxBatchTokens(maxBatchTokens);
  const order = Array.from(lengths, (length, index) => ({ length, index })).sort(
    (a, b) => b.length - a.length || a.index - b.index,
  );
  const batches: number[][] = [];
  let capacity = 0;
  for (const { length, index } of order) {
    const current = batches.at(-1);
    if (current !== undefined && current.length < capacity) {
      current.push(index);
    } else {
      batches.push([index]);
      capacity = Math.floor(maxBatchTokens / length); // the first is the longest of its batch
    }
  }
  return batches;
}

/** @throws InputError if the budget is not a positive integer. */
export function assertMaxBatchTokens(maxBatchTokens: number): void {
  if (!Number.isInteger(maxBatchTokens) || maxBatchTokens < 1) {
    throw new InputError(`maxBatchTokens is ${maxBatchTokens}; it must be a positive integer.`);
  }
}
