import { InternalError } from '../errors/errors.js';
import { largestOf } from '../math/extremes.js';

/** Token sequences of one forward pass, padded on the right to the longest, as plain numbers. */
export interface Batch {
  /** [batch x seq] */
  readonly inputIds: Int32Array;
  /** The sequences' own lengths, [batch]; the attention mask is made from them, never from the ids. */
  readonly lengths: Int32Array;
  /** The length of the longest sequence. */
  readonly seq: number;
}

/** Pads sequences of ids into one batch. */
export function createBatch(sequences: readonly ArrayLike<number>[], padTokenId: number): Batch {
  if (sequences.length === 0 || sequences.some((ids) => ids.length === 0)) {
    throw new InternalError('A batch needs at least one sequence, and every sequence a token.');
  }
  const lengths = Int32Array.from(sequences, (ids) => ids.length);
  const seq = largestOf(lengths);
  const inputIds = new Int32Array(sequences.length * seq).fill(padTokenId);
  for (const [row, ids] of sequences.entries()) {
    inputIds.set(ids, row * seq);
  }
  return { inputIds, lengths, seq };
}
