import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeWhole } from '../files/write-whole.js';
import type { CachedRepository } from './cached-repository.js';

/** A file of a repository, as the hub lists it. */
export interface RemoteFile {
  readonly path: string;
  /** Bytes of the content. */
  readonly size: number;
  /** git's hash of the file, or of the pointer that replaces a large one. */
  readonly blobId: string;
  /** The hash by which the content is checked, in hexadecimal: sha256 or git's; undefined if the hub does not give one. */
  readonly hash: string | undefined;
  /** sha256 of a large file's content. */
  readonly sha256: string | undefined;
  /** The content's address in the hub's newer storage; kept for Python. */
  readonly xetHash: string | undefined;
}

/** The form of `trees/COMMIT.json`, which Python's huggingface_hub 2 reads and writes. */
const FORMAT_VERSION = 1;

/** The stored list of a state's files; undefined if there is none. */
export async function readTree(
  { trees }: CachedRepository,
  commit: string,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const tree: unknown = JSON.parse(await readFile(path.join(trees, `${commit}.json`), 'utf8'));
    const { format_version: version, files } = tree as { format_version?: unknown; files?: object };
    return version === FORMAT_VERSION && files ? new Set(Object.keys(files)) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Stores a state's list of files, by which Python knows whether its snapshot is complete. The list of a mirror that
 * leaves out git's hashes is not stored, because Python needs them.
 */
export async function writeTree(
  { trees }: CachedRepository,
  commit: string,
  files: readonly RemoteFile[],
): Promise<void> {
  if (files.some(({ blobId }) => blobId === '')) return;
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const entries = sorted.map(({ path: name, size, blobId, sha256, xetHash }) => [
    name,
    {
      size,
      blob_id: blobId,
      ...(sha256 !== undefined && { lfs_sha256: sha256, lfs_size: size }),
      ...(xetHash !== undefined && { xet_hash: xetHash }),
    },
  ]);
  const tree = { format_version: FORMAT_VERSION, files: Object.fromEntries(entries) };
  await writeWhole(path.join(trees, `${commit}.json`), JSON.stringify(tree, undefined, 1));
}
