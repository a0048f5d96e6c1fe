import { InputError } from '../../errors/errors.js';
import { openInput } from './input.js';
import type { Io } from './io.js';
import { parseJsonObject } from './jsonl.js';
import { readLines } from './lines.js';

/** The texts of files, line by line: of JSONL files all strings in each object, of others the lines themselves. */
export async function* readCorpus(files: readonly string[], io: Io): AsyncGenerator<string> {
  for (const file of files) {
    const input = await openInput(file, io);
    const isJson = /\.(jsonl|ndjson)$/i.test(file);
    for await (const lines of readLines(input)) {
      for (const line of lines) {
        if (line.problem !== undefined) {
          throw new InputError(`${input.name} line ${line.number}: ${line.problem}`);
        }
        if (!isJson) {
          yield line.text;
          continue;
        }
        const parsed = parseJsonObject(line.text);
        if (typeof parsed === 'string') {
          throw new InputError(`${input.name} line ${line.number}: ${parsed}`);
        }
        yield* stringsIn(parsed.fields);
      }
    }
  }
}

function* stringsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') {
    yield value;
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) {
      yield* stringsIn(part);
    }
  }
}
