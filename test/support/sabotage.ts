import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { ROOT } from './fixtures.js';

/** [file, what stands there once, what a careless hand would have written]. */
export type Edit = readonly [file: string, from: string, to: string];

/** What the model is made of. */
const SOURCES = [
  'batching',
  'config',
  'layers',
  'model',
  'tensor',
  'weights',
  'errors/errors.ts',
  'math/extremes.ts',
];

const folderOf = (group: string): string => path.join(ROOT, 'test/.mutants', group);

/** @returns the folder of a copy of the model's source with the edits made. */
export async function sabotage(group: string, name: string, edits: readonly Edit[]): Promise<string> {
  const copy = path.join(folderOf(group), name.replaceAll(/\W+/g, '-'));
  for (const source of SOURCES) {
    await cp(path.join(ROOT, 'src', source), path.join(copy, source), { recursive: true });
  }
  for (const [file, from, to] of edits) {
    const source = await readFile(path.join(copy, file), 'utf8');
    expect(source.split(from).length, `"${from}" stands in ${file} exactly once`).toBe(2);
    await writeFile(
      path.join(copy, file),
      source.replace(from, () => to),
    );
  }
  return copy;
}

/** Removes a group's copies. */
export async function removeCopies(group: string): Promise<void> {
  await rm(folderOf(group), { recursive: true, force: true });
}
