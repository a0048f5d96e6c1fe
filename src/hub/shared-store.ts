import { randomUUID } from 'node:crypto';
import { link, lstat, readdir, readFile, readlink, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * The store of contents that all models of a cache share. Python's huggingface_hub 2 keeps there what it downloads with
 * hf-xet: `blobs/ab/abcd...` in the cache is the content, `models--owner--name/blobs/HASH` is a link to it, and
 * `blobs/ab/abcd....refs` lists the links, one path per line, relative to the cache. The list may name links that no
 * longer exist.
 */
const FOLDER = 'blobs';
/** A file that marks the store; another folder with its name is not touched. */
const MARKER = '.huggingface-shared-blobs';
const LAYOUT_VERSION = '1';

/** The contents of the store to which the links in a model's `blobs/` lead. */
export async function findSharedContents(cache: string, blobs: string): Promise<string[]> {
  if (!(await isStore(cache))) return [];
  const names = await readdir(blobs).catch(() => []);
  const found = await Promise.all(names.map((name) => sharedContentOf(cache, path.join(blobs, name))));
  return [...new Set(found.filter((content) => content !== undefined))];
}

/**
 * Removes a content from the store if no link in its list leads to it any more. Without a list it stays, because its
 * users are unknown.
 *
 * Python holds a system lock while it does this, which Node cannot take. So the content is moved aside first, and moved
 * back if somebody has linked it since. Its list stays, because Python may be adding a line to it.
 *
 * @returns bytes that were freed
 */
export async function removeUnusedContent(cache: string, content: string): Promise<number> {
  if (await isUsed(cache, content)) return 0;
  const aside = `${content}.${randomUUID().slice(0, 8)}.removed`;
  try {
    const { size } = await lstat(content);
    await rename(content, aside);
    const stays = await isUsed(cache, content);
    if (stays) await link(aside, content).catch(() => {}); // it exists: it was downloaded again in the meantime
    await rm(aside);
    return stays ? 0 : size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0; // somebody else removed it
    throw error;
  }
}

async function isStore(cache: string): Promise<boolean> {
  const version = await readFile(path.join(cache, FOLDER, MARKER), 'utf8').catch(() => undefined);
  return version === `${LAYOUT_VERSION}\n`;
}

/** The content to which a blob is a link, by its path in the store; undefined for any other blob. */
async function sharedContentOf(cache: string, blob: string): Promise<string | undefined> {
  const target = await readlink(blob).catch(() => undefined);
  if (target === undefined) return undefined;
  const content = path.resolve(path.dirname(blob), target);
  const [prefix, hash, ...rest] = path.relative(path.join(cache, FOLDER), content).split(path.sep);
  const isContent = rest.length === 0 && /^[0-9a-f]{64}$/.test(hash ?? '') && hash?.slice(0, 2) === prefix;
  return isContent ? content : undefined;
}

async function isUsed(cache: string, content: string): Promise<boolean> {
  const list = await readFile(`${content}.refs`, 'utf8').catch(() => undefined);
  if (list === undefined) return true;
  for (const line of list.split('\n')) {
    const blob = path.resolve(cache, line);
    if (line !== '' && (await sharedContentOf(cache, blob)) === content) return true;
  }
  return false;
}
