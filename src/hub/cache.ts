import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { INDEX_FILE, readShards, SINGLE_FILE, TOKENIZER_FILES } from './model-files.js';
import { isCommit } from './model-id.js';
import { readTree } from './tree.js';

/**
 * Where a model's files are in the cache, in the layout that Python's huggingface_hub made the standard:
 * `blobs/` has the contents, each under its hash; `snapshots/COMMIT/` the files of one state, as links to blobs;
 * `refs/NAME` the commit that a branch or tag meant when it was last asked for; `trees/COMMIT.json` what the state has.
 */
export interface CachedRepository {
  readonly folder: string;
  readonly blobs: string;
  readonly snapshots: string;
  readonly refs: string;
  readonly trees: string;
  /** Locks of programs that write here. */
  readonly locks: string;
}

/** The places of a model in the cache; nothing is looked at. */
export function cachedRepository(cache: string, id: string): CachedRepository {
  const name = `models--${id.replaceAll('/', '--')}`;
  const folder = path.join(cache, name);
  return {
    folder,
    blobs: path.join(folder, 'blobs'),
    snapshots: path.join(folder, 'snapshots'),
    refs: path.join(folder, 'refs'),
    trees: path.join(folder, 'trees'),
    locks: path.join(cache, '.locks', name),
  };
}

/** The commit that a revision meant when it was last asked for; nothing where it never was. */
export async function readRef({ refs }: CachedRepository, revision: string): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const commit = await readFile(path.join(refs, revision), 'utf8').catch(() => '');
  return isCommit(commit.trim()) ? commit.trim() : undefined;
}

/**
 * The snapshot of a commit, where everything that a model needs is in it.
 *
 * Whoever downloads a part (Python does, for a config alone) leaves a snapshot without the rest; that is not here.
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
  const limits = TOKENIZER_FILES.config; // says how long a pair may be
  return tree?.has(limits) && !(await has(limits)) ? undefined : folder;
}

/** Whether a file is there; a link without what it points to is none. */
export async function isFile(file: string): Promise<boolean> {
  const stats = await stat(file).catch(() => undefined);
  return stats?.isFile() ?? false;
}
