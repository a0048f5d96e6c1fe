import { HubError } from '../errors.js';
import type { HubHttp } from './http.js';
import { isCommit, type ModelId } from './model-id.js';
import type { RemoteFile } from './tree.js';

/** A state of a repository. */
export interface Listing {
  readonly commit: string;
  /** All files, those in folders too. */
  readonly files: readonly RemoteFile[];
}

/**
 * Asks the hub what a revision means now, and which files it has.
 *
 * @throws HubError for all that the hub can answer, and for an answer that is none of a hub.
 */
export async function listRepository(
  http: HubHttp,
  endpoint: string,
  { id, revision }: ModelId,
): Promise<Listing> {
  const { listFiles, modelInfo } = await import('@huggingface/hub');
  const asked = { hubUrl: endpoint, fetch: http.fetch };
  try {
    const { sha } = isCommit(revision)
      ? { sha: revision }
      : await modelInfo({ ...asked, name: id, revision, additionalFields: ['sha'] });
    if (typeof sha !== 'string' || !isCommit(sha)) throw new TypeError(`"sha" is ${JSON.stringify(sha)}`);
    const files: RemoteFile[] = [];
    for await (const entry of listFiles({ ...asked, repo: id, revision: sha, recursive: true })) {
      if (entry.type === 'file') {
        files.push({
          path: entry.path,
          size: entry.lfs?.size ?? entry.size,
          blobId: entry.oid ?? '',
          sha256: entry.lfs?.oid,
          xetHash: entry.xetHash,
        });
      }
    }
    return { commit: sha, files };
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause;
    throw new HubError(
      `${endpoint} answers, and not as a hub does: ${cause.message}. Check HF_ENDPOINT.`,
      'unreachable',
      { cause },
    );
  }
}
