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
  readonly commit: string;
  /** Branches and tags that mean it. */
  readonly refs: readonly string[];
  /** Bytes of its files; a state with the same contents shares them. */
  readonly sizeBytes: number;
  /** When a file of it was last read, as far as the file system notes that. */
  readonly lastUsed: Date;
  readonly folder: string;
  /** `ready` to run here; `incomplete`: a part was downloaded; `other`: nothing that runs here. */
  readonly state: 'ready' | 'incomplete' | 'other';
}

const PREFIX = 'models--';

/** All models in a cache, whoever downloaded them, by name. A cache that does not exist has none. */
export async function listCachedModels(cache: string): Promise<CachedModel[]> {
  const models: CachedModel[] = [];
  for (const name of (await list(cache)).sort()) {
    const id = name.slice(PREFIX.length).replaceAll('--', '/');
    if (!name.startsWith(PREFIX) || cachedRepository(cache, id).folder !== path.join(cache, name)) continue;
    const repository = cachedRepository(cache, id);
    const refs = await readRefs(repository);
    for (const commit of (await list(repository.snapshots)).filter(isCommit).sort()) {
      models.push(await describe(repository, id, commit, refs));
    }
  }
  return models;
}

/**
 * Takes states of models out of the cache: their snapshots, the refs to them, and contents that no other state has.
 *
 * @returns bytes that became free
 * @throws HubError where the cache cannot be written.
 */
export async function removeCachedModels(cache: string, models: readonly CachedModel[]): Promise<number> {
  let freed = 0;
  try {
    for (const id of new Set(models.map((model) => model.id))) {
      const repository = cachedRepository(cache, id);
      const commits = models.filter((model) => model.id === id).map(({ commit }) => commit);
      freed += await withLock(path.join(repository.locks, 'tfjs-reranker.lock'), () =>
        removeStates(cache, repository, commits),
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
  commits: readonly string[],
): Promise<number> {
  const { folder, blobs } = repository;
  const before = await sizeOfFolder(folder);
  const shared = await findSharedContents(cache, blobs);
  await removeFiles(repository, commits);
  let freed = before - (await sizeOfFolder(folder));
  for (const content of shared) freed += await removeUnusedContent(cache, content);
  return freed;
}

async function removeFiles(repository: CachedRepository, commits: readonly string[]): Promise<void> {
  const { folder, snapshots, refs, blobs, trees } = repository;
  const left = (await list(snapshots)).filter((commit) => !commits.includes(commit));
  // The refs first: what is removed by half must not be taken for there.
  for (const [name, commit] of await readRefs(repository)) {
    if (commits.includes(commit)) await rm(path.join(refs, name), { force: true });
  }
  if (left.length === 0) {
    await rm(folder, { recursive: true, force: true });
    return;
  }
  for (const commit of commits) {
    await rm(path.join(snapshots, commit), { recursive: true, force: true });
    await rm(path.join(trees, `${commit}.json`), { force: true });
  }
  // Both sides by what is at the end of all links: a blob may itself be one, into the cache's shared store.
  const kept = new Set<string>();
  for (const commit of left) for (const file of await filesOf(path.join(snapshots, commit))) kept.add(file);
  for (const name of await list(blobs)) {
    const blob = path.join(blobs, name);
    const content = await realpath(blob).catch(() => undefined);
    if (content === undefined || !kept.has(content)) await rm(blob, { force: true });
  }
}

async function describe(
  repository: CachedRepository,
  id: string,
  commit: string,
  refs: ReadonlyMap<string, string>,
): Promise<CachedModel> {
  const folder = path.join(repository.snapshots, commit);
  const stats = await Promise.all((await filesOf(folder)).map((file) => stat(file)));
  const used = Math.max((await stat(folder)).mtimeMs, ...stats.map(({ atimeMs }) => atimeMs));
  const whole = (await findSnapshot(repository, commit)) !== undefined;
  return {
    id,
    commit,
    refs: [...refs].filter(([, to]) => to === commit).map(([name]) => name),
    sizeBytes: stats.reduce((sum, { size }) => sum + size, 0),
    lastUsed: new Date(used),
    folder,
    state: (await isOfOtherKind(folder)) ? 'other' : whole ? 'ready' : 'incomplete',
  };
}

/** Whether config.json says that the model is nothing that runs here; without one it cannot be told. */
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

/** The contents behind a snapshot's files, each once. */
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
