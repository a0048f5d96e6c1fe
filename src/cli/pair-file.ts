import { InputError } from '../errors.js';
import type { TextPair } from '../reranker/scorer.js';
import { openInput } from './input.js';
import type { Io } from './io.js';
import { readLines } from './lines.js';
import { parsePairLine } from './pair-lines.js';

/** All pairs of a file of lines {"query", "document"}. @throws InputError at the first line that is none; for no line. */
export async function readPairFile(file: string, io: Io): Promise<TextPair[]> {
  const input = await openInput(file, io);
  const pairs: TextPair[] = [];
  for await (const lines of readLines(input.stream)) {
    for (const line of lines) {
      const parsed = parsePairLine(line, 'jsonl', input.name);
      if ('error' in parsed) {
        throw new InputError(parsed.error);
      }
      pairs.push(parsed.pair);
    }
  }
  if (pairs.length === 0) {
    throw new InputError(`${input.name} has no pair.`);
  }
  return pairs;
}
