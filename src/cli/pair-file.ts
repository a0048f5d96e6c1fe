import { InputError } from '../errors.js';
import type { DatasetPair } from '../inspection/index.js';
import type { TextPair } from '../reranker/scorer.js';
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
  const input = await openInput(path, io);
  let format: PairFormat | undefined;
  for await (const lines of readLines(input)) {
    for (const line of lines) {
      format ??= detectPairFormat(input.name, line.text);
      const parsed = parsePairLine(line, format, input.name);
      if ('error' in parsed) {
        throw new InputError(parsed.error);
      }
      const { id } = parsed.source.fields;
      yield { ...parsed.pair, ...(typeof id === 'string' || typeof id === 'number' ? { id } : {}) };
    }
  }
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
