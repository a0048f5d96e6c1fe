import { opendir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { HubError, WeightNotFoundError } from '../errors/errors.js';
import { findSnapshot, readRef } from './cache.js';
import { cachedRepository } from './cached-repository.js';
import { readHubEnvironment } from './environment.js';
import { isCommit, type ModelId, parseModelId, type ResolvedModel } from './model-id.js';
import { pullModel } from './pull.js';
import type { PullOptions } from './pull-options.js';

/** Two levels above dist/hub/ is the package. */
const EMBEDDED_MODEL = fileURLToPath(new URL('../../weights/mini-en-zh', import.meta.url));

/** How a model is looked up. */
export interface ResolveOptions extends PullOptions {
  /** Make no request to the hub. Default: what HF_HUB_OFFLINE says. */
  readonly offline?: boolean | undefined;
  /** Ask the hub what a branch or tag means now, even if it is in the cache. Default: the cached state is used. */
  readonly update?: boolean | undefined;
  /** A lock file that says which commit the model's name means. */
  readonly lockFile?: string | undefined;
}

/**
 * Finds a model: first as a folder; then as a name of the hub, `owner/name` or `owner/name@revision`, in the cache; then
 * on the hub, from which it is downloaded into the cache. Without a name it is the embedded model mini-en-zh.
 *
 * @throws WeightNotFoundError for a path that is no readable folder; HubError for a name of the hub that is not
 * available; InputError for an impossible revision, and for a name that the lock file does not have.
 */
export async function resolveModel(model?: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  if (model === '') throw new WeightNotFoundError('The path of the model is empty; give a folder.');
  const folder = model === undefined ? EMBEDDED_MODEL : path.resolve(model);
  try {
    const directory = await opendir(folder);
    await directory.close();
    const reference = model === undefined ? undefined : folder;
    return { folder, name: path.basename(folder), revision: undefined, reference };
  } catch (cause) {
    const id = model !== undefined && codeOf(cause) === 'ENOENT' ? parseModelId(model) : undefined;
    if (id !== undefined) return resolveId(await pin(id, model as string, options), options);
    const called = model === undefined ? 'The embedded model' : 'The model folder';
    throw new WeightNotFoundError(`${called} ${folder} ${describe(cause, model)}`, [], [], { cause });
  }
}

/** The folder of a model on this machine; no request is made. @throws as {@link resolveModel} */
export async function resolveModelFolder(model?: string): Promise<string> {
  return (await resolveModel(model, { offline: true })).folder;
}

async function pin(id: ModelId, model: string, { lockFile }: ResolveOptions): Promise<ModelId> {
  if (lockFile === undefined) return id;
  const { lockedCommit, readLockFile } = await import('./lock-file.js');
  const revision = lockedCommit(await readLockFile(lockFile), model);
  return { id: id.id, revision };
}

async function resolveId(model: ModelId, options: ResolveOptions): Promise<ResolvedModel> {
  const environment = readHubEnvironment();
  const { offline = environment.offline, update = false } = options;
  const { id, revision } = model;
  const repository = cachedRepository(environment.cache, id);
  // Without a ref the revision may be the name of a snapshot: caches that were made by hand have `snapshots/main`.
  const commit = (await readRef(repository, revision)) ?? revision;
  const here = await findSnapshot(repository, commit);
  if (here && (offline || !update || isCommit(revision))) return describeHit(id, commit, here);
  if (offline) {
    const name = `${id}@${revision}`;
    throw new HubError(
      `${name} is neither a folder nor in the cache ${environment.cache}, and requests to the hub are off ` +
        `(offline). With a connection: tfjs-reranker pull ${name}`,
      'offline',
    );
  }
  const needsHashes = options.lockFile !== undefined;
  const pulled = await pullModel(model, environment, { ...options, needsHashes });
  return describeHit(id, pulled.commit, pulled.folder);
}

function describeHit(id: string, commit: string, folder: string): ResolvedModel {
  return { folder, name: id, revision: isCommit(commit) ? commit : undefined, reference: `${id}@${commit}` };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function describe(cause: unknown, given: string | undefined): string {
  const code = codeOf(cause);
  if (code === 'ENOENT') {
    return given === undefined
      ? 'does not exist: the package is not complete, install it again.'
      : 'does not exist.';
  }
  if (code === 'ENOTDIR') return 'is not a folder. Give the one that holds config.json and the weights.';
  if (code === 'EACCES' || code === 'EPERM') return 'cannot be read: permission denied.';
  return `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`;
}
