import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CachedRepository } from './cached-repository.js';
import { INDEX_FILE, readShards, SINGLE_FILE, TOKENIZER_FILES } from './model-files.js';
import { isCommit } from './model-id.js';
import { readTree } from './tree.js';

/** The commit that a revision meant when the hub was last asked; undefined if it never was. */
export async function readRef({ refs }: CachedRepository, revision: string): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const commit = await readFile(path.join(refs, revision), 'utf8').catch(() => '');
  return isCommit(commit.trim()) ? commit.trim() : undefined;
}

/**
 * The snapshot of a commit, if it has everything that a model needs.
 *
 * A program that downloads only a part (Python does, for a config) leaves an incomplete snapshot, which does not count.
 */
export async function findSnapshot(
  repository: CachedRepository,
  commit: string,
): Promise<string | undefined> {
  const folder = path.join(repository.snapshots, commit);
  const has = (name: string): Promise<boolean> => isFile(path.join(folder, name));
  if (!(await has('config.json'))) return undefined;
  if (!(await has('tokenizer.json')) && !(await has('sentencepiece.bpe.model'))) return undefined;
  if (!(await has(SINGLE_FILE))) {
    const shards = await readShards(path.join(folder, INDEX_FILE), folder).catch(() => undefined);
    if (shards === undefined) return undefined;
    for (const shard of shards) if (!(await has(shard))) return undefined;
  }
  const tree = await readTree(repository, commit);
  const limits = TOKENIZER_FILES.config; // it limits the length of a pair
  return tree?.has(limits) && !(await has(limits)) ? undefined : folder;
}

/** Whether a file exists; a dangling link does not count. */
export async function isFile(file: string): Promise<boolean> {
  const stats = await stat(file).catch(() => undefined);
  return stats?.isFile() ?? false;
}
