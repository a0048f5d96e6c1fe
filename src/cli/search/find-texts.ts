import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../errors/errors.js';

/** A file of a corpus. */
export interface FoundFile {
  /** Relative to the corpus, with the system's own separators; of a corpus that is a file, its name. */
  readonly name: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** What is not read, by reason. */
export interface Skipped {
  hidden: number;
  links: number;
  tooLarge: number;
  otherKinds: number;
  /** Files with a text's name that are none. */
  notText: number;
  /** Files and folders that may not be read, or are gone meanwhile. */
  unreadable: number;
}

/** The files of a corpus. */
export interface FoundCorpus {
  /** The corpus, without links in its path. */
  readonly root: string;
  /** The folder that the names are relative to, without links in its path. */
  readonly folder: string;
  readonly files: readonly FoundFile[];
  readonly skipped: Skipped;
}

const TEXTS = /\.(txt|text|md|markdown|rst|adoc|html?|xhtml|jsonl|ndjson)$/i;
/** Folders of other people's files. */
const LEFT_OUT = new Set(['node_modules']);
const MOST_BYTES = 50 * 2 ** 20;

/**
 * Finds the texts of a file or folder, in the order of their names. Links are not followed, so that nothing outside the
 * folder is read, and nothing twice.
 *
 * @throws InputError if there is no such file or folder.
 */
export async function findTexts(corpus: string): Promise<FoundCorpus> {
  const root = await realpath(corpus).catch((cause) => {
    throw new InputError(`The corpus ${corpus} does not exist.`, { cause });
  });
  const skipped: Skipped = { hidden: 0, links: 0, tooLarge: 0, otherKinds: 0, notText: 0, unreadable: 0 };
  const files: FoundFile[] = [];
  const take = async (folder: string, name: string): Promise<void> => {
    const stats = await lstat(path.join(folder, name)).catch(() => undefined);
    if (stats === undefined) skipped.unreadable += 1;
    else if (stats.size > MOST_BYTES) skipped.tooLarge += 1;
    else files.push({ name, bytes: stats.size, modifiedMs: stats.mtimeMs });
  };
  if ((await stat(root)).isFile()) {
    await take(path.dirname(root), path.basename(root));
    return { root, folder: path.dirname(root), files, skipped };
  }
  const walk = async (below: string): Promise<void> => {
    const entries = await readdir(path.join(root, below), { withFileTypes: true }).catch((cause) => {
      if (below === '') throw new InputError(`The corpus ${corpus} cannot be read.`, { cause });
      skipped.unreadable += 1;
      return [];
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = path.join(below, entry.name);
      if (entry.name.startsWith('.')) skipped.hidden += 1;
      else if (entry.isSymbolicLink()) skipped.links += 1;
      else if (entry.isDirectory()) {
        if (!LEFT_OUT.has(entry.name)) await walk(name);
      } else if (!entry.isFile() || !TEXTS.test(entry.name)) skipped.otherKinds += 1;
      else await take(root, name);
    }
  };
  await walk('');
  return { root, folder: root, files, skipped };
}
