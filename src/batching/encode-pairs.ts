import { InputError } from '../errors/errors.js';
import { finish, type Steps } from '../tokenizer/steps.js';
import type { TokenRange } from '../tokenizer/tokenized.js';
import type { PairTokenizer } from '../tokenizer/tokenizer.js';
import type { TruncationSide } from '../tokenizer/tokenizer-config.js';
import { keptRange, type Truncation, truncatePair } from '../tokenizer/truncation.js';

/** How long documents are cut into overlapping windows, which are scored separately. */
export interface WindowOptions {
  /** Most windows of one document; tokens after the last one are cut. */
  readonly maxWindows: number;
  /** Document tokens that two neighbouring windows share, fewer than a window has. Default 64, at most half of it. */
  readonly overlapTokens?: number | undefined;
}

const DEFAULT_OVERLAP_TOKENS = 64;

/** Options for turning pairs into sequences of ids. */
export interface EncodeOptions {
  /** Most tokens of a pair, special tokens included. */
  readonly maxLength: number;
  readonly truncation: Truncation;
  /** Which end of a text is cut; default as in the tokenizer's own configuration. */
  readonly truncationSide?: TruncationSide | undefined;
  /** Most tokens of a document, applied before it is joined with the query. */
  readonly maxDocumentTokens?: number | undefined;
  /** Windows for documents that are too long; without it they are cut. */
  readonly windows?: WindowOptions | undefined;
}

/** One sequence for the model. */
export interface EncodedWindow {
  readonly inputIds: Int32Array;
  /** The document tokens in it: from `start` up to `end`, exclusive. */
  readonly start: number;
  readonly end: number;
  /** The query tokens in it. */
  readonly query: TokenRange;
}

/** A pair or a single text as one sequence, or as several windows over a long document. */
export interface EncodedPair {
  readonly windows: readonly EncodedWindow[];
  readonly queryTokensCut: number;
  /** Number of document tokens that are in no window. */
  readonly documentTokensCut: number;
}

/**
 * Token ids of pairs and single texts. Equal texts are tokenized only once.
 *
 * @throws InputError if `maxLength` leaves no room beside the special tokens, or if windows overlap entirely.
 */
export function encodePairs(
  tokenizer: PairTokenizer,
  inputs: readonly (string | { readonly query: string; readonly document: string })[],
  options: EncodeOptions,
): EncodedPair[] {
  return finish(encodePairsSteps(tokenizer, inputs, options));
}

/** The same in steps, so that the caller can let other work run in between. */
export function* encodePairsSteps(
  tokenizer: PairTokenizer,
  inputs: readonly (string | { readonly query: string; readonly document: string })[],
  options: EncodeOptions,
): Steps<EncodedPair[]> {
  const known = new Map<string, Int32Array>();
  function* encode(text: string): Steps<Int32Array> {
    const ids = known.get(text) ?? (yield* tokenizer.encodeSteps(text));
    known.set(text, ids);
    return ids;
  }
  const pairs: EncodedPair[] = [];
  for (const input of inputs) {
    const [query, text] = typeof input === 'string' ? [undefined, input] : [input.query, input.document];
    const queryIds = query === undefined ? undefined : yield* encode(query);
    pairs.push(encodePair(tokenizer, queryIds, yield* encode(text), options));
  }
  return pairs;
}

/** @param query undefined for a single text, which is then treated as a document. */
function encodePair(
  tokenizer: PairTokenizer,
  query: Int32Array | undefined,
  document: Int32Array,
  {
    maxLength,
    truncation,
    truncationSide: side = tokenizer.truncationSide ?? 'right',
    maxDocumentTokens = document.length,
    windows,
  }: EncodeOptions,
): EncodedPair {
  const special = query === undefined ? tokenizer.specialTokensPerText : tokenizer.specialTokensPerPair;
  const queryLength = query?.length ?? 0;
  // Tokens beyond `maxDocumentTokens` are cut before the document is joined with the query.
  const allowed = keptRange(document.length, Math.min(maxDocumentTokens, document.length), side);
  const allowedLength = allowed.end - allowed.start;
  const lengths = { query: queryLength, document: allowedLength };
  const kept = truncatePair(lengths, special, { maxLength, truncation });
  const queryRange = keptRange(queryLength, kept.query, side);
  const keptQuery = query?.subarray(queryRange.start, queryRange.end);
  const window = (first: number, last: number): EncodedWindow => {
    const [start, end] = [allowed.start + first, allowed.start + last];
    const part = document.subarray(start, end);
    const inputIds = keptQuery === undefined ? tokenizer.joinText(part) : tokenizer.joinPair(keptQuery, part);
    return { inputIds, start, end, query: queryRange };
  };
  const queryTokensCut = queryLength - kept.query;
  if (windows === undefined || kept.document === allowedLength || kept.document === 0) {
    const { start, end } = keptRange(allowedLength, kept.document, side);
    const documentTokensCut = document.length - kept.document;
    return { windows: [window(start, end)], queryTokensCut, documentTokensCut };
  }
  const step = windowStep(kept.document, windows);
  const found: EncodedWindow[] = [];
  let end = 0;
  for (let start = 0; end < allowedLength && found.length < windows.maxWindows; start += step) {
    end = Math.min(start + kept.document, allowedLength);
    found.push(window(start, end));
  }
  return { windows: found, queryTokensCut, documentTokensCut: document.length - end };
}

/** The number of tokens of a pair, in all its windows. */
export function countTokens({ windows }: EncodedPair): number {
  return windows.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
}

/**
 * The distance between the starts of two neighbouring windows.
 *
 * @param length document tokens of a window.
 * @throws InputError if the distance would not be positive.
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
