import type { FileHandle } from 'node:fs/promises';
import { lstat, open, stat } from 'node:fs/promises';
import { WeightFormatError, WeightNotFoundError } from '../errors/errors.js';

/** Bytes read at once, because one system call cannot read 2 GiB. */
const MAX_READ = 64 * 1024 * 1024;

/** Explanations of the usual errors of a file system. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'it, or the file that it links to, does not exist'],
  ['ENOTDIR', 'a part of its path is not a folder'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['ELOOP', 'its symbolic links form a loop'],
  ['EISDIR', 'it is a folder'],
  ['ENAMETOOLONG', 'its name is too long'],
  ['EMFILE', 'too many files are open'],
]);

/** A file that is open for reading. */
export interface OpenFile {
  /** Shown in messages. */
  readonly path: string;
  readonly handle: FileHandle;
  /** Size in bytes when it was opened. */
  readonly size: number;
}

/** `true` if anything has this path, even a dangling link. @throws WeightNotFoundError if that cannot be determined */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return false;
    throw unreadable(path, cause);
  }
}

/**
 * Opens a regular file; the caller closes its handle.
 *
 * @throws WeightNotFoundError if it is absent, not a file, or may not be read
 */
export async function openFile(path: string): Promise<OpenFile> {
  let handle: FileHandle | undefined;
  try {
    // Checked before open(), because opening a pipe would wait for a writer.
    if (!(await stat(path)).isFile()) {
      throw new WeightNotFoundError(`${path} is not a regular file.`);
    }
    handle = await open(path, 'r');
    return { path, handle, size: (await handle.stat()).size };
  } catch (cause) {
    await handle?.close();
    throw cause instanceof WeightNotFoundError ? cause : unreadable(path, cause);
  }
}

/**
 * Reads bytes of a file into memory of their own.
 *
 * @param start first byte
 * @param length number of bytes; the caller has checked that the file has them
 * @throws WeightFormatError if the file has become shorter, or there is not enough memory
 * @throws WeightNotFoundError if the file system fails
 */
export async function readRange(file: OpenFile, start: number, length: number): Promise<Uint8Array> {
  const bytes = allocate(file, length);
  let done = 0;
  while (done < length) {
    const wanted = Math.min(MAX_READ, length - done);
    let bytesRead: number;
    try {
      ({ bytesRead } = await file.handle.read(bytes, done, wanted, start + done));
    } catch (cause) {
      throw unreadable(file.path, cause);
    }
    if (bytesRead === 0) {
      throw new WeightFormatError(
        `${file.path} ends at byte ${start + done}; it had ${file.size} bytes when it was opened. It has changed since.`,
        file.path,
      );
    }
    done += bytesRead;
  }
  return bytes;
}

/** A WeightNotFoundError for an error of the file system about `path`. */
export function unreadable(path: string, cause: unknown): WeightNotFoundError {
  const code = errorCode(cause);
  const reason = (code !== undefined && REASONS.get(code)) || (cause instanceof Error ? cause.message : code);
  return new WeightNotFoundError(`${path} cannot be read: ${reason}.`, [], [], { cause });
}

function allocate(file: OpenFile, length: number): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new WeightFormatError(
      `${file.path}: there is not enough memory for ${length} bytes at once.`,
      file.path,
      { cause },
    );
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
