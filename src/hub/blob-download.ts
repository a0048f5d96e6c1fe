import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { HubError } from '../errors/errors.js';
import { exists } from '../weights/file-range.js';
import type { HubHttp } from './http.js';
import { type RetryOptions, waitToRetry } from './retry.js';

/** A content to download. */
export interface BlobJob {
  readonly url: string;
  /** Its name in the repository, for messages. */
  readonly name: string;
  /** Its place once it is complete. */
  readonly destination: string;
  readonly size: number;
  /** Its hash in hexadecimal: sha256 (64 digits), or git's hash of a file (40). Without one only the size is checked. */
  readonly hash: string | undefined;
}

/** Callbacks and limits of a download. */
export interface BlobOptions extends RetryOptions {
  /** Called with the bytes of this content that are present. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Downloads a content into a file next to its destination, continues where an earlier attempt ended, checks size and
 * hash, and only then gives it its name.
 *
 * Every byte is written at its own position, and two processes write the same bytes; the first one to finish names the
 * file.
 *
 * @throws HubError: `corrupt` if the content is not what the hub announced; `unreachable` after several attempts
 * without progress.
 */
export async function downloadBlob(http: HubHttp, job: BlobJob, options: BlobOptions): Promise<void> {
  const partial = await PartialFile.open(partialOf(job.destination), job);
  try {
    let failures = 0;
    for (let clean = partial.length === 0; ; ) {
      const before = partial.length;
      options.onBytes(before);
      try {
        await fill(partial, http, job, options);
        if (partial.digest() === job.hash) break;
        await partial.restart();
        if (clean) throw wrongHash(job);
        clean = true; // the rest of an earlier attempt may have been wrong
        options.onRetry('the rest of an earlier download has another hash');
      } catch (error) {
        failures = partial.length > before ? 0 : failures + 1;
        await waitToRetry(error, failures, options);
      }
    }
    await partial.sync();
  } catch (error) {
    if (error instanceof HubError && error.reason === 'corrupt') await partial.remove();
    throw error;
  } finally {
    await partial.close();
  }
  await rename(partial.path, job.destination).catch((error: NodeJS.ErrnoException) =>
    ignoreNamed(error, job),
  );
}

/** The place of a content's bytes until all are present. */
export function partialOf(destination: string): string {
  return `${destination}.partial`;
}

async function fill(
  partial: PartialFile,
  http: HubHttp,
  { url, name, size }: BlobJob,
  { onBytes }: BlobOptions,
): Promise<void> {
  if (partial.length === size) return;
  const { start, chunks } = await http.open(url, partial.length);
  if (start !== partial.length) await partial.restart();
  for await (const chunk of chunks) {
    if (partial.length + chunk.length > size) {
      throw new HubError(`${name} has more than the ${size} bytes that the hub announced.`, 'corrupt');
    }
    await partial.append(chunk);
    onBytes(partial.length);
  }
  if (partial.length < size) {
    throw new HubError(`${name} ended after ${partial.length} of ${size} bytes.`, 'unreachable');
  }
}

function wrongHash({ name, hash }: BlobJob): HubError {
  return new HubError(
    `${name} is not what the hub announced: its hash is not ${hash}. It was discarded. Try again; if that does not help, ` +
      'something between here and the hub, such as a proxy or a mirror, changes files.',
    'corrupt',
  );
}

/** Another process, which had the same bytes, has renamed the file: the content is present then. */
async function ignoreNamed(error: NodeJS.ErrnoException, { destination }: BlobJob): Promise<void> {
  if (error.code !== 'ENOENT' || !(await exists(destination))) throw error;
}

/** The part of a content that is present, with its hash. */
class PartialFile {
  length = 0;
  private hash: Hash | undefined;

  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly job: BlobJob,
  ) {
    this.hash = startHash(job);
  }

  /** Opens the existing part and hashes it. It starts again if the part is too long, or could not be checked. */
  static async open(path: string, job: BlobJob): Promise<PartialFile> {
    const handle = await open(path, 'a+').then(async (created) => {
      await created.close(); // 'a' creates the file; 'r+' can write anywhere
      return open(path, 'r+');
    });
    const partial = new PartialFile(path, handle, job);
    const { size } = await handle.stat();
    if (size > job.size || job.hash === undefined) {
      await handle.truncate(0);
      return partial;
    }
    if (size === 0) return partial;
    const there = { autoClose: false, start: 0, end: size - 1, highWaterMark: 2 ** 20 };
    for await (const chunk of handle.createReadStream(there)) {
      partial.hash?.update(chunk as Buffer);
      partial.length += (chunk as Buffer).length;
    }
    return partial;
  }

  async append(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await this.handle.write(chunk, done, chunk.length - done, this.length + done);
      done += bytesWritten;
    }
    this.hash?.update(chunk);
    this.length += chunk.length;
  }

  /** Starts again; the existing bytes are overwritten. */
  async restart(): Promise<void> {
    this.length = 0;
    this.hash = startHash(this.job);
  }

  digest(): string | undefined {
    return this.hash?.copy().digest('hex');
  }

  /** Flushes to the disk: a name must not outlive its bytes in a power failure. */
  async sync(): Promise<void> {
    await this.handle.sync();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

function startHash({ hash, size }: BlobJob): Hash | undefined {
  if (hash === undefined) return undefined;
  return hash.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}
