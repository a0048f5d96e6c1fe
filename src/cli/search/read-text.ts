import { Parser } from 'htmlparser2';
import { cutPassages } from '../../retrieval/passages.js';
import { parseJsonObject } from '../io/jsonl.js';

/** A passage of a file. */
export interface FilePassage {
  /** Counts the documents of the file: lines of JSONL are documents of their own. */
  readonly document: number;
  /** The line on which it begins, from 1. */
  readonly line: number;
  readonly text: string;
}

/** Characters that only binary files have. */
const NUL = '\0';

/**
 * The passages of a file, by its ending: HTML without its tags, JSONL line by line ("title" and "text", or all strings),
 * everything else as it is.
 *
 * @returns undefined for bytes that are no text in UTF-8.
 */
export function readPassages(name: string, bytes: Uint8Array): FilePassage[] | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
  if (text.includes(NUL)) return undefined;
  if (/\.(jsonl|ndjson)$/i.test(name)) return passagesOfLines(text);
  return /\.x?html?$/i.test(name) ? passagesOfHtml(text) : passagesOf(text, linesOf(text));
}

/** @param lineAt the line of a place in the text. */
function passagesOf(text: string, lineAt: (place: number) => number, document = 0): FilePassage[] {
  return cutPassages(text).map(({ start, end }) => {
    const passage = text.slice(start, end);
    const blank = passage.length - passage.trimStart().length;
    return { document, line: lineAt(start + blank), text: passage.trim() };
  });
}

function passagesOfLines(text: string): FilePassage[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const parsed = parseJsonObject(line);
    if (typeof parsed === 'string') return [];
    const { title, text: body } = parsed.fields;
    const strings =
      typeof body === 'string'
        ? [title, body]
        : Object.values(parsed.fields).filter((value) => typeof value === 'string');
    const whole = strings.filter((value) => typeof value === 'string' && value !== '').join('\n');
    return passagesOf(whole, () => i + 1, i);
  });
}

/** Elements whose text nobody reads. */
const SILENT = new Set(['script', 'style', 'template', 'noscript', 'svg']);
/** Between blocks. */
const BREAK = '\n\n';
/** Elements within a line. */
const INLINE = new Set(
  'a abbr b bdi bdo cite code data del dfn em i ins kbd label mark q ruby s samp small span strong sub sup time u var wbr'.split(
    ' ',
  ),
);

function passagesOfHtml(source: string): FilePassage[] {
  const lineInSource = linesOf(source);
  const pieces: string[] = [];
  const places: { readonly at: number; readonly line: number }[] = [];
  let length = 0;
  let silent = 0;
  const push = (piece: string): void => {
    pieces.push(piece);
    length += piece.length;
  };
  const isAtBreak = (): boolean => pieces.at(-1) === BREAK || pieces.length === 0;
  const breakLine = (): void => {
    if (!isAtBreak()) push(BREAK);
  };
  const parser = new Parser({
    onopentag: (name) => {
      if (SILENT.has(name)) silent += 1;
      else if (!INLINE.has(name)) breakLine();
    },
    onclosetag: (name) => {
      if (SILENT.has(name)) silent -= 1;
      else if (!INLINE.has(name)) breakLine();
    },
    ontext: (text) => {
      if (silent > 0 || (text.trim() === '' && isAtBreak())) return;
      places.push({ at: length, line: lineInSource(parser.startIndex) });
      push(text.replace(/\s+/g, ' '));
    },
  });
  parser.end(source);
  return passagesOf(pieces.join(''), (place) => lastAtMost(places, place)?.line ?? 1);
}

/** Lines of a text, from 1, by place. */
function linesOf(text: string): (place: number) => number {
  const starts = [{ at: 0, line: 1 }];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    starts.push({ at: at + 1, line: starts.length + 1 });
  }
  return (place) => lastAtMost(starts, place)?.line ?? 1;
}

/** By halving. @param places in ascending order. */
function lastAtMost<T extends { readonly at: number }>(places: readonly T[], place: number): T | undefined {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] as T).at <= place) low = middle + 1;
    else high = middle;
  }
  return places[low - 1];
}
