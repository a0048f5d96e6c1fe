import { TextEncoding } from '../../encoding/text-encoding.js';
import type { JsonObject } from './jsonl.js';
import { type Line, LineCutter } from './line-cutter.js';

export type { Line };

/** A line that holds nothing to work on; the run goes on without it. */
export interface BadLine {
  /** What could be read of it. */
  readonly source: JsonObject;
  /** Names the input and the line. */
  readonly error: string;
}

/** What lines are read from. */
export interface LineSource {
  /** What messages call it. */
  readonly name: string;
  readonly stream: AsyncIterable<Uint8Array>;
}

/** So many bytes tell the encoding. */
const FIRST_BYTES = 4;

/**
 * Cuts an input into lines, as they arrive: one list for each piece of input, empty where no line ended in it. It is
 * read as UTF-8, or as UTF-16 where a byte order mark says so. The mark and carriage returns are taken away, blank
 * lines are left out; a line with bytes that are no characters has a problem in the place of its text.
 *
 * `node:readline` does not do: it also cuts at U+2028, which may stand inside of JSON.
 *
 * @throws InputError for an input that is in another encoding as a whole.
 */
export async function* readLines({ name, stream }: LineSource): AsyncGenerator<Line[]> {
  let cutter: LineCutter | undefined;
  let first: Uint8Array = new Uint8Array();
  let endByte = 0;
  const begin = (): readonly [LineCutter, Line[]] => {
    const encoding = TextEncoding.detect(first.subarray(0, FIRST_BYTES), name);
    const begun = new LineCutter(encoding);
    return [begun, begun.cut(first.subarray(encoding.bom), endByte)];
  };
  for await (const piece of stream) {
    endByte += piece.length;
    let lines: Line[] = [];
    if (cutter !== undefined) {
      lines = cutter.cut(piece, endByte);
    } else {
      first = Buffer.concat([first, piece]);
      if (tellsEncoding(first)) {
        [cutter, lines] = begin();
      }
    }
    yield lines;
  }
  if (cutter !== undefined) {
    yield cutter.finish(endByte);
  } else {
    const [begun, lines] = begin();
    yield [...lines, ...begun.finish(endByte)];
  }
}

/** Whether more bytes would tell no more: a mark begins with one of three bytes, and a program may send short lines. */
function tellsEncoding(first: Uint8Array): boolean {
  const [byte = 0] = first;
  return first.length >= FIRST_BYTES || (first.length >= 2 && ![0xef, 0xfe, 0xff].includes(byte));
}

/** All lines of an input. */
export async function readAllLines(source: LineSource): Promise<Line[]> {
  const all: Line[] = [];
  for await (const lines of readLines(source)) {
    for (const line of lines) {
      all.push(line);
    }
  }
  return all;
}
