import { InputError } from '../errors.js';
import type { TokenRange } from '../text/tokenized.js';
import type { PairTokenizer } from '../text/tokenizer.js';
import { type Truncation, truncatePair } from '../text/truncation.js';

/** How long documents are cut into overlapping windows, each scored for itself. */
export interface WindowOptions {
  /** Windows of one document at most; what lies behind them is cut. */
  readonly maxWindows: number;
  /** Document tokens that two neighbouring windows share: fewer than a window has. Default 64, at most half of it. */
  readonly overlapTokens?: number | undefined;
}

const DEFAULT_OVERLAP_TOKENS = 64;

/** How pairs become sequences of ids. */
export interface EncodeOptions {
  /** Tokens of a pair, special tokens counted. */
  readonly maxLength: number;
  readonly truncation: Truncation;
  /** Which end of a text stays when it is cut; default `start`. */
  readonly keep?: 'start' | 'end' | undefined;
  /** Tokens of a document at most, before it meets the query. */
  readonly maxDocumentTokens?: number | undefined;
  /** Without it a document that is too long is cut. */
  readonly windows?: WindowOptions | undefined;
}

/** One sequence for the model. */
export interface EncodedWindow {
  readonly inputIds: Int32Array;
  /** Which tokens of the document it holds: from `start`, before `end`. */
  readonly start: number;
  readonly end: number;
  /** Which tokens of the query it holds. */
  readonly query: TokenRange;
}

/** A pair as one sequence, or as several windows over a long document. */
export interface EncodedPair {
  readonly windows: readonly EncodedWindow[];
  readonly queryTokensCut: number;
  /** Document tokens that no window holds. */
  readonly documentTokensCut: number;
}

/**
 * Token ids of pairs, each text tokenized once however often it comes.
 *
 * @throws InputError when `maxLength` leaves no place beside the special tokens; when windows overlap wholly.
 */
export function encodePairs(
  tokenizer: PairTokenizer,
  pairs: readonly { readonly query: string; readonly document: string }[],
  options: EncodeOptions,
): EncodedPair[] {
  const known = new Map<string, Int32Array>();
  const encode = (text: string): Int32Array => {
    const ids = known.get(text) ?? tokenizer.encode(text);
    known.set(text, ids);
    return ids;
  };
  return pairs.map(({ query, document }) => encodePair(tokenizer, encode(query), encode(document), options));
}

function encodePair(
  tokenizer: PairTokenizer,
  query: Int32Array,
  document: Int32Array,
  { maxLength, truncation, keep = 'start', maxDocumentTokens = document.length, windows }: EncodeOptions,
): EncodedPair {
  const part = (ids: Int32Array, length: number): Int32Array =>
    keep === 'start' ? ids.subarray(0, length) : ids.subarray(Math.max(ids.length - length, 0));
  const allowed = part(document, maxDocumentTokens);
  const special = tokenizer.specialTokensPerPair;
  const lengths = { query: query.length, document: allowed.length };
  const kept = truncatePair(lengths, special, { maxLength, truncation });
  const keptQuery = part(query, kept.query);
  const queryTokensCut = query.length - kept.query;
  const queryStart = keep === 'start' ? 0 : queryTokensCut;
  const before = keep === 'start' ? 0 : document.length - allowed.length;
  const join = (start: number, end: number): EncodedWindow => ({
    inputIds: tokenizer.joinPair(keptQuery, allowed.subarray(start, end), { maxLength, truncation }).inputIds,
    start: before + start,
    end: before + end,
    query: { start: queryStart, end: queryStart + kept.query },
  });
  if (windows === undefined || kept.document === allowed.length || kept.document === 0) {
    const start = keep === 'start' ? 0 : allowed.length - kept.document;
    return {
      windows: [join(start, start + kept.document)],
      queryTokensCut,
      documentTokensCut: document.length - kept.document,
    };
  }
  const step = windowStep(kept.document, windows);
  const places: EncodedWindow[] = [];
  for (let start = 0; places.length < windows.maxWindows; start += step) {
    const end = Math.min(start + kept.document, allowed.length);
    places.push(join(start, end));
    if (end === allowed.length) {
      break;
    }
  }
  const seen = (places.at(-1)?.end ?? before) - before;
  return { windows: places, queryTokensCut, documentTokensCut: document.length - seen };
}

/**
 * How far each window lies behind the one before it.
 *
 * @param length document tokens of a window.
 * @throws InputError where the windows would not move on.
 */
export function windowStep(length: number, { overlapTokens }: WindowOptions): number {
  if (overlapTokens !== undefined && overlapTokens >= length) {
    throw new InputError(
      `The windows overlap by ${overlapTokens} tokens, and beside the query they have ${length}; the overlap must be ` +
        'smaller.',
    );
  }
  return length - (overlapTokens ?? Math.min(DEFAULT_OVERLAP_TOKENS, Math.floor(length / 2)));
}
