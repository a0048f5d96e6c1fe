import { InputError } from '../errors/errors.js';
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
  const known = new Map<string, Int32Array>();
  const encode = (text: string): Int32Array => {
    const ids = known.get(text) ?? tokenizer.encode(text);
    known.set(text, ids);
    return ids;
  };
  return inputs.map((input) =>
    typeof input === 'string'
      ? encodePair(tokenizer, undefined, encode(input), options)
      : encodePair(tokenizer, encode(input.query), encode(input.document), options),
  );
}

const NO_TOKENS = new Int32Array(0);

/** @param asked the query; a text alone has none, and is otherwise as a document. */
function encodePair(
  tokenizer: PairTokenizer,
  asked: Int32Array | undefined,
  document: Int32Array,
  {
    maxLength,
    truncation,
    truncationSide = tokenizer.truncationSide ?? 'right',
    maxDocumentTokens = document.length,
    windows,
  }: EncodeOptions,
): EncodedPair {
  const part = (ids: Int32Array, count: number): Int32Array => {
    const { start, end } = keptRange(ids.length, Math.min(count, ids.length), truncationSide);
    return ids.subarray(start, end);
  };
  const allowed = part(document, maxDocumentTokens);
  const query = asked ?? NO_TOKENS;
  const special = asked === undefined ? tokenizer.specialTokensPerText : tokenizer.specialTokensPerPair;
  const lengths = { query: query.length, document: allowed.length };
  const kept = truncatePair(lengths, special, { maxLength, truncation });
  const keptQuery = part(query, kept.query);
  const queryTokensCut = query.length - kept.query;
  const queryRange = keptRange(query.length, kept.query, truncationSide);
  const before = keptRange(document.length, allowed.length, truncationSide).start;
  const join = (start: number, end: number): EncodedWindow => {
    const part = allowed.subarray(start, end);
    const { inputIds } =
      asked === undefined
        ? tokenizer.joinText(part, { maxLength, truncation })
        : tokenizer.joinPair(keptQuery, part, { maxLength, truncation });
    return {
      inputIds,
      start: before + start,
      end: before + end,
      query: queryRange,
    };
  };
  if (windows === undefined || kept.document === allowed.length || kept.document === 0) {
    const { start, end } = keptRange(allowed.length, kept.document, truncationSide);
    return {
      windows: [join(start, end)],
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
