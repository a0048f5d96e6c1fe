import { InputError } from '../errors/errors.js';
import type { TokenRange } from './tokenized.js';
import type { TruncationSide } from './tokenizer-config.js';

/**
 * Which side of a pair loses tokens when the pair is too long.
 *
 * - `longest_first`, the default of Python `tokenizers`: `room` is maxLength - special tokens. If the shorter side fits
 *   into half of the room, the longer one gets all the rest. Otherwise both get half; if the room is odd, the longer
 *   side (of equal ones the document) gets one more.
 * - `only_second`, as in FlagEmbedding's FlagReranker: the query keeps at most three quarters of maxLength (rounded
 *   down, special tokens not counted), and the document the rest. Below a maxLength of 17 the rest may be nothing.
 *   There, Python's versions differ: transformers 4 leaves the pair too long, transformers 5 empties the document. Here
 *   the document is emptied, then the query is cut, so that no pair exceeds maxLength.
 *
 * Both cut texts at the end or at the beginning, as {@link TruncationSide} says.
 */
export type Truncation = 'longest_first' | 'only_second';

/** How many tokens of each text are kept. */
export interface KeptTokens {
  readonly query: number;
  readonly document: number;
}

/**
 * How many tokens of a pair are kept.
 *
 * @param query - tokens of the query, special tokens of the pair not counted
 * @param document - tokens of the document
 * @param room - places for both together: the maximal length without the pair's special tokens
 */
function truncateLongestFirst(query: number, document: number, room: number): KeptTokens {
  if (query + document <= room) return { query, document };
  const half = Math.floor(room / 2);
  if (query <= document) {
    const kept = Math.min(query, half);
    return { query: kept, document: room - kept };
  }
  const kept = Math.min(document, half);
  return { query: room - kept, document: kept };
}

/**
 * How many tokens of a pair are kept when the query is capped first and the document gets the rest.
 *
 * @param maxLength - of the whole pair, `specialTokens` included
 */
function truncateOnlySecond(
  query: number,
  document: number,
  maxLength: number,
  specialTokens: number,
): KeptTokens {
  const room = maxLength - specialTokens;
  const keptQuery = Math.min(query, Math.floor((maxLength * 3) / 4), room);
  return { query: keptQuery, document: Math.min(document, room - keptQuery) };
}

/**
 * How many tokens of a pair are kept so that with `specialTokens` it is no longer than `maxLength`.
 *
 * @throws InputError when `maxLength` leaves no place for a single token
 */
export function truncatePair(
  lengths: KeptTokens,
  specialTokens: number,
  { maxLength, truncation }: { readonly maxLength: number; readonly truncation: Truncation },
): KeptTokens {
  assertMaxLength(maxLength, specialTokens);
  return truncation === 'only_second'
    ? truncateOnlySecond(lengths.query, lengths.document, maxLength, specialTokens)
    : truncateLongestFirst(lengths.query, lengths.document, maxLength - specialTokens);
}

/** @throws InputError when `maxLength` leaves no place for a single token beside the special tokens. */
export function assertMaxLength(maxLength: number, specialTokens: number): void {
  if (!Number.isInteger(maxLength) || maxLength <= specialTokens) {
    throw new InputError(
      `The maximal length must be an integer of at least ${specialTokens + 1} (a pair has ${specialTokens} special tokens), got ${maxLength}.`,
    );
  }
}

/** The range of the `count` tokens that are kept of a text's `length`. */
export function keptRange(length: number, count: number, side: TruncationSide): TokenRange {
  return side === 'right' ? { start: 0, end: count } : { start: length - count, end: length };
}
