import { mkdir, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, HubError, TokenizationError } from '../errors/errors.js';
import { linkAtomically, writeWhole } from '../files/write-whole.js';
import { downloadBlob, partialOf } from './blob-download.js';
import { findSnapshot, isFile, readRef } from './cache.js';
import { type CachedRepository, cachedRepository } from './cached-repository.js';
import { type HubEnvironment, readProxies, readToken } from './environment.js';
import { HubHttp } from './http.js';
import { contentUrl, type Listing, listRepository } from './listing.js';
import { chooseFiles, INDEX_FILE, isModelFile, readShards } from './model-files.js';
import { isCommit, type ModelId } from './model-id.js';
import { withLock } from './process-lock.js';
import type { DownloadProgress, PulledModel, PullOptions } from './pull-options.js';
import { readModel } from './read-model.js';
import { toStorageError } from './storage-error.js';
import { createTransport } from './transport.js';
import { type RemoteFile, writeTree } from './tree.js';

interface Download {
  readonly file: RemoteFile;
  readonly blob: string;
}

/**
 * Brings a state of a model into the cache: asks the hub what the revision means now, and downloads those of its
 * config, tokenizer and safetensors files that are missing.
 *
 * A killed download leaves contents without names, and the next one continues with them. The snapshot gets its files
 * when all contents are present, the weights last, and then the ref is written.
 *
 * @throws HubError for every failure; the cache then keeps what it had, and what was downloaded.
 */
export async function pullModel(
  model: ModelId,
  { endpoint: given, cache, idleTimeoutMs }: HubEnvironment,
  options: PullOptions = {},
): Promise<PulledModel> {
  const endpoint = given ?? (await import('@huggingface/hub')).HUB_URL;
  const token = await readToken();
  const transport = await createTransport(readProxies(), idleTimeoutMs);
  const { signal, retryDelayMs, onDownloadProgress } = options;
  const onRetry = (why: string): void =>
    onDownloadProgress?.({
      ...{ model: `${model.id}@${model.revision}`, state: 'retrying', detail: why },
      ...{ loadedBytes: 0, totalBytes: 0 },
    });
  const http = new HubHttp({
    ...{ purpose: model, endpoint, token, transport, idleTimeoutMs },
    ...{ signal, retryDelayMs, onRetry },
  });
  try {
    const listing = await listRepository(http, endpoint, model);
    const repository = cachedRepository(cache, model.id);
    const url = contentUrl(endpoint, model.id, listing.commit);
    return await new Pull(model, listing, repository, http, url, options).run(cache);
  } catch (error) {
    throw toStorageError(error, cache);
  } finally {
    await transport.close();
  }
}

class Pull {
  private readonly name: string;
  private readonly byPath: ReadonlyMap<string, RemoteFile>;
  private totalBytes = 0;
  private loadedBytes = 0;

  constructor(
    private readonly model: ModelId,
    private readonly listing: Listing,
    private readonly repository: CachedRepository,
    private readonly http: HubHttp,
    private readonly url: string,
    private readonly options: PullOptions,
  ) {
    this.name = `${model.id}@${model.revision}`;
    this.byPath = new Map(listing.files.map((file) => [file.path, file]));
  }

  async run(cache: string): Promise<PulledModel> {
    const { small, weights } = chooseFiles(new Set(this.byPath.keys()), this.name);
    const { commit } = this.listing;
    const folder = path.join(this.repository.snapshots, commit);
    if (await this.isWhole(folder, small)) {
      // Only the ref is written, and only if possible: a cache may be read-only.
      await this.writeRef().catch(() => {});
      return { commit, folder };
    }
    this.tellUnchecked();
    const first = [...small, ...(weights ? [weights] : [])].map((name) => this.toDownload(name));
    const lock = path.join(this.repository.locks, 'tfjs-reranker.lock');
    const onWait = (pid: number | undefined): void =>
      this.tell('waiting', pid === undefined ? 'another process' : `process ${pid}`);
    await withLock(
      lock,
      async () => {
        await mkdir(this.repository.blobs, { recursive: true });
        await tagCache(cache);
        await this.assertRoom(first);
        for (const download of first.slice(0, small.length)) await this.fetch(download);
        await assertRuns(this.name, first.slice(0, small.length));
        for (const download of first.slice(small.length)) await this.fetch(download);
        const shards = weights ? [] : await this.fetchShards(first);
        await writeTree(this.repository, commit, this.listing.files);
        for (const { file, blob } of inLinkOrder(first, shards)) {
          const link = path.join(folder, file.path);
          if (!(await isFile(link))) await linkAtomically(blob, link);
        }
        await this.writeRef();
      },
      { signal: this.options.signal, onWait },
    );
    return { commit, folder };
  }

  private async isWhole(folder: string, small: readonly string[]): Promise<boolean> {
    if ((await findSnapshot(this.repository, this.listing.commit)) === undefined) return false;
    for (const name of small) if (!(await isFile(path.join(folder, name)))) return false;
    return true;
  }

  private async fetchShards(first: readonly Download[]): Promise<Download[]> {
    const index = first.find(({ file }) => file.path === INDEX_FILE) as Download;
    const shards = (await readShards(index.blob, `${this.name} ${INDEX_FILE}`)).map((name) =>
      this.toDownload(name),
    );
    await this.assertRoom(shards);
    for (const shard of shards) await this.fetch(shard);
    return shards;
  }

  private toDownload(name: string): Download {
    const file = this.byPath.get(name);
    if (file === undefined || !isSize(file.size)) {
      throw new HubError(
        file === undefined
          ? `${this.name} has no ${name}, which its ${INDEX_FILE} names.`
          : `${this.name}: the hub gives no size for ${name}, so it cannot be checked.`,
        'unusable',
      );
    }
    // Without a hash, the name is one that only this file can have.
    const content = file.hash ?? `unchecked-${this.listing.commit}-${name.replaceAll('/', '--')}`;
    return { file, blob: path.join(this.repository.blobs, content) };
  }

  /** @throws HubError if files cannot be checked although they must be */
  private tellUnchecked(): void {
    const { needsHashes } = this.options;
    if (this.listing.files.every(({ path: name, hash }) => hash !== undefined || !isModelFile(name))) return;
    const what = `${new URL(this.url).origin} gives no hashes for the files of ${this.name}`;
    if (needsHashes) {
      throw new HubError(`${what}. They cannot be checked, and a locked model must be.`, 'unusable');
    }
    this.tell('unchecked', `${what}: only their sizes are checked.`);
  }

  private async fetch({ file, blob }: Download): Promise<void> {
    const { signal, retryDelayMs } = this.options;
    const before = this.loadedBytes;
    const onBytes = (bytes: number): void => {
      this.loadedBytes = before + bytes;
      this.tell('downloading', file.path);
    };
    if ((await sizeOf(blob)) !== file.size) {
      const job = {
        url: `${this.url}/${file.path.split('/').map(encodeURIComponent).join('/')}`,
        name: file.path,
        destination: blob,
        size: file.size,
        hash: file.hash,
      };
      const onRetry = (why: string): void => this.tell('retrying', why);
      await downloadBlob(this.http, job, { onBytes, onRetry, signal, retryDelayMs });
    }
    onBytes(file.size);
  }

  /** @throws HubError if the disk does not have enough room for what is missing. */
  private async assertRoom(downloads: readonly Download[]): Promise<void> {
    let needed = 0;
    for (const { file, blob } of downloads) {
      this.totalBytes += file.size;
      if ((await sizeOf(blob)) !== file.size) needed += file.size - ((await sizeOf(partialOf(blob))) ?? 0);
    }
    const { bavail, bsize, blocks } = await statfs(this.repository.blobs);
    if (blocks > 0 && bavail * bsize < needed) {
      throw new HubError(
        `${this.name} needs ${megabytes(needed)} more, and ${this.repository.blobs} has room for ` +
          `${megabytes(bavail * bsize)}. Free some space, or set HF_HOME to a folder on another disk.`,
        'storage',
      );
    }
  }

  private async writeRef(): Promise<void> {
    const { revision } = this.model;
    const { commit } = this.listing;
    if (isCommit(revision) || (await readRef(this.repository, revision)) === commit) return;
    await writeWhole(path.join(this.repository.refs, revision), commit);
  }

  private tell(state: DownloadProgress['state'], detail: string): void {
    const { name: model, loadedBytes, totalBytes } = this;
    this.options.onDownloadProgress?.({ model, state, detail, loadedBytes, totalBytes });
  }
}

/** Refuses a model whose config or tokenizer does not run here, before its weights are downloaded. */
async function assertRuns(name: string, small: readonly Download[]): Promise<void> {
  const blobs = new Map(small.map(({ file, blob }) => [file.path, blob]));
  try {
    await readModel(name, (file) => blobs.get(file));
  } catch (cause) {
    if (!(cause instanceof ConfigError || cause instanceof TokenizationError)) throw cause;
    throw new HubError(`${cause.message} Its weights were not downloaded.`, 'unusable', { cause });
  }
}

/** Marks the folder as a cache for backup programs (https://bford.info/cachedir). */
async function tagCache(cache: string): Promise<void> {
  const text = 'Signature: 8a477f597d28d172789f06886806bc55\n# A cache of models of the Hugging Face hub.\n';
  await writeFile(path.join(cache, 'CACHEDIR.TAG'), text, { flag: 'wx' }).catch(() => {});
}

/** The weights, or the index that names them, come last: a snapshot that has them counts as complete. */
function inLinkOrder(first: readonly Download[], shards: readonly Download[]): readonly Download[] {
  const isIndex = ({ file }: Download): boolean => file.path === INDEX_FILE;
  return [...first.filter((download) => !isIndex(download)), ...shards, ...first.filter(isIndex)];
}

function isSize(bytes: number): boolean {
  return Number.isSafeInteger(bytes) && bytes >= 0;
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
