import path from 'node:path';

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
