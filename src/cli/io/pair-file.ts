import { memberText } from '../../encoding/raw-json.js';
import type { TextPair } from '../../engine/types.js';
import { InputError } from '../../errors/errors.js';
import type { DatasetPair } from '../../inspection/index.js';
import { openInput } from './input.js';
import type { Io } from './io.js';
import type { JsonObject } from './jsonl.js';
import { readLines } from './lines.js';
import { detectPairFormat, type PairFormat, parsePairLine } from './pair-lines.js';

/**
 * The pairs of a file, a line each (JSONL, or TSV by its ending or its first line), with the line's `id` where that is
 * a string or a number. `-` is stdin.
 *
 * @throws InputError at the first line that is none: what is made of a file has a row for each of its lines.
 */
export async function* readPairs(path: string, io: Io): AsyncGenerator<DatasetPair> {
  const input = await openInput(path, io);
  let format: PairFormat | undefined;
  for await (const lines of readLines(input)) {
    for (const line of lines) {
      format ??= detectPairFormat(input.name, line.text);
      const parsed = parsePairLine(line, format, input.name);
      if ('error' in parsed) {
        throw new InputError(parsed.error);
      }
      yield { ...parsed.pair, id: idOf(parsed.source) };
    }
  }
}

/** A number that JavaScript would write otherwise (beyond 2^53, or 1.0) is the text that it was written as. */
function idOf({ text, fields: { id } }: JsonObject): string | number | undefined {
  if (typeof id !== 'number') {
    return typeof id === 'string' ? id : undefined;
  }
  const written = memberText(text, 'id');
  return JSON.stringify(id) === written ? id : written;
}

/** All of them. @throws InputError as {@link readPairs}, and for a file without a pair. */
export async function readPairFile(path: string, io: Io): Promise<TextPair[]> {
  const pairs: TextPair[] = [];
  for await (const { query, document } of readPairs(path, io)) {
    pairs.push({ query, document });
  }
  if (pairs.length === 0) {
    throw new InputError(`${path} has no pair.`);
  }
  return pairs;
}
