import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');

/**
 * Vitest's global setup: the tests run against `dist`, so they must not run where it is missing or older than `src`.
 *
 * @throws Error that names the command to run.
 */
export function setup(): void {
  const source = modifiedIn('src').filter(({ name }) => !name.endsWith('.md'));
  const built = modifiedIn('dist').filter(({ isFile }) => isFile);
  if (built.length === 0) {
    throw new Error('The tests run against dist/, which is not built: npm run build');
  }
  const newest = source.reduce((a, b) => (b.modified > a.modified ? b : a));
  const oldest = Math.min(...built.map(({ modified }) => modified));
  if (newest.modified > oldest) {
    throw new Error(
      `The tests run against dist/, and ${newest.name} was changed after the build: npm run build`,
    );
  }
}

/** Files and folders: a folder changes when a file in it is removed. */
function modifiedIn(folder: string) {
  const root = path.join(ROOT, folder);
  if (statSync(root, { throwIfNoEntry: false }) === undefined) {
    return [];
  }
  return readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return { name: path.relative(ROOT, file), isFile: entry.isFile(), modified: statSync(file).mtimeMs };
  });
}
