import { InputError } from '../errors/errors.js';
import { finish, type Steps } from '../tokenizer/steps.js';
import type { TokenRange } from '../tokenizer/tokenized.js';
import type { PairTokenizer } from '../tokenizer/tokenizer.js';
import type { TruncationSide } from '../tokenizer/tokenizer-config.js';
import { keptRange, type Truncation, truncatePair } from '../tokenizer/truncation.js';

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
  /** Where texts are cut; default what the tokenizer's own configuration says. */
  readonly truncationSide?: TruncationSide | undefined;
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

/** A pair, or a text alone, as one sequence, or as several windows over a long document. */
export interface EncodedPair {
  readonly windows: readonly EncodedWindow[];
  readonly queryTokensCut: number;
  /** Document tokens that no window holds. */
  readonly documentTokensCut: number;
}

/**
 * Token ids of pairs and of texts alone, each text tokenized once however often it comes.
 *
 * @throws InputError when `maxLength` leaves no place beside the special tokens; when windows overlap wholly.
 */
export function encodePairs(
  tokenizer: PairTokenizer,
  inputs: readonly (string | { readonly query: string; readonly document: string })[],
  options: EncodeOptions,
): EncodedPair[] {
  return finish(encodePairsSteps(tokenizer, inputs, options));
}

/** The same in steps, for those who must not keep their thread to themselves. */
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

/** @param query none for a text alone, which is otherwise treated as a document. */
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
  // What lies beyond `maxDocumentTokens` is cut before the document meets the query.
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

/** The tokens of a pair: of all its windows. */
export function countTokens({ windows }: EncodedPair): number {
  return windows.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
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
