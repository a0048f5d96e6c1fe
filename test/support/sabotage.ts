import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ASSEMBLY, ASSEMBLY_SOURCE, compileAssembly } from './assembly.js';
import { ROOT } from './fixtures.js';

/** [file of `src`, text that occurs there once, the fault that replaces it]. */
export type Edit = readonly [file: string, from: string, to: string];

/** What the model is made of. */
const FOLDERS = ['batching', 'errors', 'kernels', 'math', 'model', 'weights'];

const folderOf = (group: string): string => path.join(ROOT, 'test/.mutants', group);

/**
 * Makes faults in a copy of the build, not of the source, because each copy of the source would have to be compiled.
 * Faults in AssemblyScript are made in a copy of its source, which is compiled. The compiler of TypeScript keeps
 * expressions as they were written, except for types, which it removes, and the space between words.
 *
 * @returns the folder of the copy.
 */
export async function sabotage(group: string, name: string, edits: readonly Edit[]): Promise<string> {
  const copy = path.join(folderOf(group), name.replaceAll(/\W+/g, '-'));
  for (const folder of FOLDERS) {
    await cp(path.join(ROOT, 'dist', folder), path.join(copy, folder), { recursive: true });
  }
  const assembled = edits.some(([file]) => file.startsWith(ASSEMBLY));
  if (assembled) {
    await cp(ASSEMBLY_SOURCE, path.join(copy, ASSEMBLY), { recursive: true });
  }
  for (const [file, from, to] of edits) {
    const built = path.join(copy, file.startsWith(ASSEMBLY) ? file : file.replace(/\.ts$/, '.js'));
    const before = await readFile(built, 'utf8');
    const places = [...before.matchAll(anySpace(from))];
    if (places.length !== 1) {
      throw new Error(`"${from}" stands in ${built} ${places.length} times, not once.`);
    }
    await writeFile(
      built,
      before.replace(anySpace(from), () => to),
    );
  }
  if (assembled) {
    await compileAssembly(copy);
  }
  return copy;
}

/** A pattern for a text in which any space matches other white space. */
function anySpace(text: string): RegExp {
  const words = text.split(/\s+/).map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(words.join('\\s+'), 'g');
}

/** Removes a group's copies. */
export async function removeCopies(group: string): Promise<void> {
  await rm(folderOf(group), { recursive: true, force: true });
}
