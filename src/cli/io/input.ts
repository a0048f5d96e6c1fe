import { fstat } from 'node:fs';
import { open } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { InputError } from '../../errors/errors.js';
import type { Io } from './io.js';

/** A file or stdin, opened. */
export interface Input {
  /** What messages call it. */
  readonly name: string;
  readonly stream: Readable;
  /** Device, number and size of a regular file; undefined for pipes and terminals. */
  readonly file: FileIdentity | undefined;
}

/** Two paths may be the same file; this says so. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
}

/**
 * Opens a file for reading, `-` is stdin. Reading ends with an error when the signal of `io` is aborted.
 *
 * @throws InputError that names the file, when it cannot be opened.
 */
export async function openInput(path: string, io: Io): Promise<Input> {
  if (path === '-') {
    const stats = await promisify(fstat)(0).catch(() => undefined);
    return {
      name: 'stdin',
      stream: addAbortSignal(io.signal, io.stdin()),
      file: stats?.isFile() ? stats : undefined,
    };
  }
  try {
    const handle = await open(path);
    const stats = await handle.stat();
    if (stats.isDirectory()) {
      await handle.close();
      throw new InputError(`${path} is a folder; a file is expected.`);
    }
    return {
      name: path,
      stream: handle.createReadStream({ signal: io.signal }),
      file: stats.isFile() ? stats : undefined,
    };
  } catch (cause) {
    throw cause instanceof InputError ? cause : new InputError(describe(path, cause), { cause });
  }
}

function describe(path: string, cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    return `The file ${path} does not exist.`;
  }
  return `The file ${path} cannot be read: ${code === 'EACCES' ? 'permission denied.' : message}`;
}
