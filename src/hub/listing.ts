import type { ListFileEntry } from '@huggingface/hub';
import { HubError } from '../errors/errors.js';
import type { HubHttp } from './http.js';
import { isModelFile } from './model-files.js';
import { isCommit, type ModelId } from './model-id.js';
import type { RemoteFile } from './tree.js';

/** A state of a repository. */
export interface Listing {
  readonly commit: string;
  /** All files, including those in folders. */
  readonly files: readonly RemoteFile[];
}

/** Base address of a state's files; their names follow after a slash. */
export function contentUrl(endpoint: string, id: string, commit: string): string {
  return `${endpoint}/${id}/resolve/${commit}`;
}

/**
 * Asks the hub what a revision means now, and which files it has.
 *
 * @throws HubError for every failed answer, and for an answer that does not come from a hub.
 */
export async function listRepository(
  http: HubHttp,
  endpoint: string,
  { id, revision }: ModelId,
): Promise<Listing> {
  const { listFiles, modelInfo } = await import('@huggingface/hub');
  const asked = { hubUrl: endpoint, fetch: http.fetch };
  const askInfo = () => modelInfo({ ...asked, name: id, revision, additionalFields: ['sha', 'filePaths'] });
  try {
    const info = isCommit(revision) ? undefined : await askInfo();
    const commit = info === undefined ? revision : info.sha;
    if (typeof commit !== 'string' || !isCommit(commit)) {
      throw new TypeError(`"sha" is ${JSON.stringify(commit)}`);
    }
    try {
      const entries: ListFileEntry[] = [];
      for await (const entry of listFiles({ ...asked, repo: id, revision: commit, recursive: true })) {
        if (entry.type === 'file') entries.push(entry);
      }
      return { commit, files: toRemoteFiles(entries) };
    } catch (error) {
      if (!(error instanceof HubError && error.status === 404)) throw error;
      const { filePaths } = info ?? (await askInfo()); // a mirror that gives only names
      return { commit, files: await describeEach(http, contentUrl(endpoint, id, commit), filePaths) };
    }
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause;
    throw new HubError(
      `${endpoint} answers, but not as a hub does: ${cause.message}. Check HF_ENDPOINT.`,
      'unreachable',
      { cause },
    );
  }
}

/** Asks for the size of each file that may be downloaded; for the others the name is enough. */
async function describeEach(http: HubHttp, url: string, names: readonly string[]): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  for (const name of names) {
    const { size = Number.NaN, sha256 } = isModelFile(name) ? await http.describe(`${url}/${name}`) : {};
    files.push({ path: name, size, sha256, hash: sha256, blobId: '', xetHash: undefined });
  }
  return files;
}

function toRemoteFiles(entries: readonly ListFileEntry[]): RemoteFile[] {
  const tellsHashes = entries.some(({ lfs }) => isSha256(lfs?.oid));
  return entries.map((entry) => ({
    path: entry.path,
    size: entry.lfs?.size ?? entry.size,
    blobId: entry.oid ?? '',
    hash: hashOf(entry, tellsHashes),
    sha256: isSha256(entry.lfs?.oid) ? entry.lfs.oid : undefined,
    xetHash: entry.xetHash,
  }));
}

/**
 * The hash of an entry's content. For a large file it is under `lfs`, while its `oid` is the hash of a pointer. Some
 * mirrors leave `lfs` out. If no file has it, it is unknown which `oid` is the hash of a content.
 */
function hashOf({ oid, lfs }: ListFileEntry, tellsHashes: boolean): string | undefined {
  if (lfs !== undefined) return isSha256(lfs.oid) ? lfs.oid : undefined;
  return tellsHashes && oid !== undefined && isCommit(oid) ? oid : undefined;
}

function isSha256(hash: string | undefined): hash is string {
  return hash !== undefined && /^[0-9a-f]{64}$/.test(hash);
}
