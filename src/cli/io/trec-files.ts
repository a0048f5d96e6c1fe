import { InputError } from '../../errors/errors.js';
import type { Qrels, Run } from '../../evaluation/judgments.js';
import { isBeir, type KnownIds, TrecTable } from '../../evaluation/trec.js';
import { openInput } from './input.js';
import type { Io } from './io.js';
import { readLines } from './lines.js';

/** Judgments in TREC's or BEIR's format; `-` is stdin. @throws InputError that names file and line. */
export function readQrels(path: string, io: Io, known?: KnownIds): Promise<Qrels> {
  return readTable(path, io, (firstLine, name) =>
    isBeir(firstLine) ? new TrecTable(name, 'beir', known) : new TrecTable(name, 'qrels', known),
  );
}

/** A run in TREC's format; `-` is stdin. @throws InputError that names file and line. */
export function readRun(path: string, io: Io, known?: KnownIds): Promise<Run> {
  return readTable(path, io, (_, name) => new TrecTable(name, 'run', known));
}

async function readTable(
  path: string,
  io: Io,
  createTable: (firstLine: string, name: string) => TrecTable,
): Promise<Map<string, Map<string, number>>> {
  const input = await openInput(path, io);
  let table: TrecTable | undefined;
  for await (const lines of readLines(input)) {
    for (const { number, text, problem } of lines) {
      if (problem !== undefined) throw new InputError(`${input.name} line ${number}: ${problem}`);
      table ??= createTable(text, input.name);
      table.add(text, number);
    }
  }
  return (table ?? createTable('', input.name)).finish();
}
