import path from 'node:path';

/**
 * The places of a model's files in the cache, in the layout of Python's huggingface_hub: `blobs/` has the contents, each
 * under its hash; `snapshots/COMMIT/` the files of one state, as links to blobs; `refs/NAME` the commit that a branch or
 * tag meant when the hub was last asked; `trees/COMMIT.json` the list of files of a state.
 */
export interface CachedRepository {
  readonly folder: string;
  readonly blobs: string;
  readonly snapshots: string;
  readonly refs: string;
  readonly trees: string;
  /** Locks of programs that write to this repository. */
  readonly locks: string;
}

/** The places of a model in the cache; the file system is not asked. */
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
