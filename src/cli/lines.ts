import type { JsonObject } from './jsonl.js';

/** A line of input that is not blank. */
export interface Line {
  /** Counted from 1, blank lines too. */
  readonly number: number;
  /** Without its line end; empty where the line is `tooLong`. */
  readonly text: string;
  readonly tooLong: boolean;
  /** Bytes of input read when the line was complete. */
  readonly endByte: number;
}

/** A line that holds nothing to work on; the run goes on without it. */
export interface BadLine {
  /** What could be read of it. */
  readonly source: JsonObject;
  /** Names the input and the line. */
  readonly error: string;
}

/** UTF-16 units that a line may have. A longer one is not kept in memory. */
const MAX_LINE_LENGTH = 2 ** 24;

/** What is wrong with a line that is too long. */
export const TOO_LONG = `The line has more than ${MAX_LINE_LENGTH} characters.`;

/**
 * Cuts a stream of UTF-8 into lines, as they arrive: one list for each piece of input, empty where no line ended in it.
 * A byte order mark and carriage returns are taken away, wrong bytes become U+FFFD, blank lines are left out.
 *
 * `node:readline` does not do: it also cuts at U+2028, which may stand inside of JSON.
 */
export async function* readLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder();
  let open: string[] = [];
  let openLength = 0;
  let number = 0;
  let endByte = 0;

  const extend = (text: string): void => {
    openLength += text.length;
    if (openLength > MAX_LINE_LENGTH) {
      open = [];
    } else {
      open.push(text);
    }
  };
  const close = (): Line[] => {
    const tooLong = openLength > MAX_LINE_LENGTH;
    const text = open.join('').replace(/\r$/, '');
    open = [];
    openLength = 0;
    number += 1;
    return tooLong || text.trim() !== '' ? [{ number, text, tooLong, endByte }] : [];
  };
  const feed = (text: string): Line[] => {
    const [first = '', ...rest] = text.split('\n');
    extend(first);
    return rest.flatMap((next) => {
      const line = close();
      extend(next);
      return line;
    });
  };

  for await (const bytes of stream) {
    endByte += bytes.length;
    yield feed(decoder.decode(bytes, { stream: true }));
  }
  yield [...feed(decoder.decode()), ...close()];
}

/** All lines of a stream. */
export async function readAllLines(stream: AsyncIterable<Uint8Array>): Promise<Line[]> {
  const all: Line[] = [];
  for await (const lines of readLines(stream)) {
    for (const line of lines) {
      all.push(line);
    }
  }
  return all;
}
