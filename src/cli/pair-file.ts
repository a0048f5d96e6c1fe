import { InputError } from '../errors.js';
import type { DatasetPair } from '../inspection/index.js';
import { openInput } from './input.js';
import type { Io } from './io.js';
import { readLines } from './lines.js';
import { detectPairFormat, type PairFormat, parsePairLine } from './pair-lines.js';

/**
 * The pairs of a file, a line each (JSONL, or TSV by its ending or its first line), with the line's `id` where that is
 * a string or a number. `-` is stdin.
 *
 * @throws InputError at the first line that is none: what is made of a file has a row for each of its lines.
 */
export async function* readPairs(path: string, io: Io): AsyncGenerator<DatasetPair> {
  const { name, stream } = await openInput(path, io);
  let format: PairFormat | undefined;
  for await (const lines of readLines(stream)) {
    for (const line of lines) {
      format ??= detectPairFormat(name, line.text);
      const parsed = parsePairLine(line, format, name);
      if ('error' in parsed) {
        throw new InputError(parsed.error);
      }
      const { id } = parsed.source.fields;
      yield { ...parsed.pair, ...(typeof id === 'string' || typeof id === 'number' ? { id } : {}) };
    }
  }
}
