import { lstat, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseModelConfig } from '../model/config/model-config.js';
import { findSnapshot } from './cache.js';
import { type CachedRepository, cachedRepository } from './cached-repository.js';
import { isCommit } from './model-id.js';
import { withLock } from './process-lock.js';
import { findSharedContents, removeUnusedContent } from './shared-store.js';
import { toStorageError } from './storage-error.js';

/** A state of a model in the cache. */
export interface CachedModel {
  /** `owner/name`. */
  readonly id: string;
  /** The name of its folder: its commit, or in a cache that was made by hand a branch. */
  readonly snapshot: string;
  /** The commit, if known. */
  readonly commit: string | undefined;
  /** Branches and tags that point to it. */
  readonly refs: readonly string[];
  /** Bytes of its files. States with the same contents share them. */
  readonly sizeBytes: number;
  /** When one of its files was last read, if the file system records that. */
  readonly lastUsed: Date;
  readonly folder: string;
  /** `ready` to run here; `incomplete`: only a part was downloaded; `other`: a kind of model that does not run here. */
  readonly state: 'ready' | 'incomplete' | 'other';
}

const PREFIX = 'models--';

/** All models in a cache by name, whichever program downloaded them. A cache that does not exist has none. */
export async function listCachedModels(cache: string): Promise<CachedModel[]> {
  const models: CachedModel[] = [];
  for (const name of (await list(cache)).sort()) {
    const id = name.slice(PREFIX.length).replaceAll('--', '/');
    if (!name.startsWith(PREFIX) || cachedRepository(cache, id).folder !== path.join(cache, name)) continue;
    const repository = cachedRepository(cache, id);
    const refs = await readRefs(repository);
    for (const snapshot of (await list(repository.snapshots)).sort()) {
      if (await isFolder(path.join(repository.snapshots, snapshot))) {
        models.push(await describe(repository, id, snapshot, refs));
      }
    }
  }
  return models;
}

/**
 * Removes states of models from the cache: their snapshots, the refs to them, and contents that no other state has.
 *
 * @returns bytes that were freed
 * @throws HubError if the cache cannot be written.
 */
export async function removeCachedModels(cache: string, models: readonly CachedModel[]): Promise<number> {
  let freed = 0;
  try {
    for (const id of new Set(models.map((model) => model.id))) {
      const repository = cachedRepository(cache, id);
      const states = models.filter((model) => model.id === id).map(({ snapshot }) => snapshot);
      freed += await withLock(path.join(repository.locks, 'tfjs-reranker.lock'), () =>
        removeStates(cache, repository, states),
      );
    }
    return freed;
  } catch (error) {
    throw toStorageError(error, cache);
  }
}

async function removeStates(
  cache: string,
  repository: CachedRepository,
  states: readonly string[],
): Promise<number> {
  const { folder, blobs } = repository;
  const before = await sizeOfFolder(folder);
  const shared = await findSharedContents(cache, blobs);
  await removeFiles(repository, states);
  let freed = before - (await sizeOfFolder(folder));
  for (const content of shared) freed += await removeUnusedContent(cache, content);
  return freed;
}

async function removeFiles(repository: CachedRepository, states: readonly string[]): Promise<void> {
  const { folder, snapshots, refs, blobs, trees } = repository;
  const left = (await list(snapshots)).filter((name) => !states.includes(name));
  // The refs come first, so that a half-removed model does not count as present.
  for (const [name, commit] of await readRefs(repository)) {
    if (states.includes(commit)) await rm(path.join(refs, name), { force: true });
  }
  if (left.length === 0) {
    await rm(folder, { recursive: true, force: true });
    return;
  }
  for (const state of states) {
    await rm(path.join(snapshots, state), { recursive: true, force: true });
    await rm(path.join(trees, `${state}.json`), { force: true });
  }
  // All links are followed on both sides, because a blob may itself be a link into the cache's shared store.
  const kept = new Set<string>();
  for (const name of left) for (const file of await filesOf(path.join(snapshots, name))) kept.add(file);
  for (const name of await list(blobs)) {
    const blob = path.join(blobs, name);
    const content = await realpath(blob).catch(() => undefined);
    if (content === undefined || !kept.has(content)) await rm(blob, { force: true });
  }
}

async function describe(
  repository: CachedRepository,
  id: string,
  snapshot: string,
  refs: ReadonlyMap<string, string>,
): Promise<CachedModel> {
  const folder = path.join(repository.snapshots, snapshot);
  const stats = await Promise.all((await filesOf(folder)).map((file) => stat(file)));
  const used = Math.max((await stat(folder)).mtimeMs, ...stats.map(({ atimeMs }) => atimeMs));
  const whole = (await findSnapshot(repository, snapshot)) !== undefined;
  const ofCommit = [...refs].filter(([, to]) => to === snapshot).map(([name]) => name);
  return {
    id,
    snapshot,
    commit: isCommit(snapshot) ? snapshot : undefined,
    // Without a ref of its name, the folder is what the name means.
    refs: isCommit(snapshot) || refs.has(snapshot) ? ofCommit : [snapshot],
    sizeBytes: stats.reduce((sum, { size }) => sum + size, 0),
    lastUsed: new Date(used),
    folder,
    state: (await isOfOtherKind(folder)) ? 'other' : whole ? 'ready' : 'incomplete',
  };
}

async function isFolder(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isDirectory() ?? false;
}

/** Whether config.json says that the model is of a kind that does not run here; false without a config.json. */
async function isOfOtherKind(folder: string): Promise<boolean> {
  const file = path.join(folder, 'config.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  try {
    if (text !== undefined) parseModelConfig(JSON.parse(text), file);
    return false;
  } catch {
    return true;
  }
}

/** Refs by name; a branch may be called `a/b`. */
async function readRefs({ refs }: CachedRepository): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const file of await filesBelow(refs)) {
    const commit = (await readFile(file, 'utf8').catch(() => '')).trim();
    if (isCommit(commit)) found.set(path.relative(refs, file).replaceAll(path.sep, '/'), commit);
  }
  return found;
}

/** The contents of a snapshot's files, each once. */
async function filesOf(folder: string): Promise<string[]> {
  const files = await Promise.all(
    (await filesBelow(folder)).map((file) => realpath(file).catch(() => undefined)),
  );
  return [...new Set(files.filter((file) => file !== undefined))];
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

async function sizeOfFolder(folder: string): Promise<number> {
  const stats = await Promise.all((await filesBelow(folder)).map((file) => lstat(file)));
  return stats.reduce((sum, entry) => sum + (entry.isSymbolicLink() ? 0 : entry.size), 0);
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw toStorageError(error, folder);
  });
}
