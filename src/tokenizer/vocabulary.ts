import type { JsonField } from './json-field.js';
import { PieceTrie } from './piece-trie.js';

/** How much less likely than the least likely piece an unknown character is; the reference's constant. */
const UNKNOWN_PENALTY = 10;

/** A Unigram vocabulary: pieces, each with its log probability. */
export interface UnigramVocabulary {
  readonly pieces: PieceTrie;
  /** Log probability by id. */
  readonly scores: Float64Array;
  /** The id for characters that no piece covers. */
  readonly unknownId: number;
  /** Log probability of one unknown character. */
  readonly unknownScore: number;
}

/**
 * Reads `model` of tokenizer.json.
 *
 * @throws TokenizationError for kinds other than Unigram, byte fallback, and broken vocabularies
 */
export function parseUnigramVocabulary(field: JsonField): UnigramVocabulary {
  const type = field.get('type');
  // Files older than 2021 have no type. The vocabulary of any other kind is not an array.
  if (!type.isNone && type.value !== 'Unigram') type.fail('must be Unigram (others are not supported)');
  if (field.get('byte_fallback').boolean(false))
    field.get('byte_fallback').fail('must be false (byte fallback is not supported)');
  const vocab = field.get('vocab');
  const { value } = vocab;
  if (!isVocabulary(value)) return vocab.fail('must be a non-empty array of [piece, score]');
  const scores = new Float64Array(value.length);
  let lowest = Number.POSITIVE_INFINITY;
  for (const [id, [, score]] of value.entries()) {
    scores[id] = score;
    lowest = Math.min(lowest, score);
  }
  return {
    pieces: new PieceTrie(value.map(([piece]) => piece)),
    scores,
    unknownId: field.get('unk_id').index(value.length),
    unknownScore: lowest - UNKNOWN_PENALTY,
  };
}

function isVocabulary(value: unknown): value is [string, number][] {
  const isRow = (row: unknown): boolean =>
    Array.isArray(row) && row.length === 2 && typeof row[0] === 'string' && Number.isFinite(row[1]);
  return Array.isArray(value) && value.length > 0 && value.every(isRow);
}
