import { randomUUID } from 'node:crypto';
import { appendFile, copyFile, mkdir, open, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { OutputError } from '../errors/errors.js';

/**
 * Writes a file whole or not at all: what was there before stays until all is on the disk. Its folder is made. A link
 * stays a link, and what it leads to is written; a device or a pipe (`/dev/stdout`) takes the content as it comes.
 *
 * @param content a text, or bytes in parts, one after the other.
 * @throws OutputError that names the file.
 */
export async function writeWhole(file: string, content: string | readonly Uint8Array[]): Promise<void> {
  const parts = typeof content === 'string' ? [content] : content;
  try {
    const before = await stat(file).catch(() => undefined);
    if (before !== undefined && !before.isFile() && !before.isDirectory()) {
      for (const part of parts) await appendFile(file, part);
      return;
    }
    const place = before === undefined ? file : await realpath(file);
    await putInPlace(place, async (temporary) => {
      const handle = await open(temporary, 'wx', before?.mode);
      try {
        for (const part of parts) await handle.writeFile(part);
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
    await syncFolder(path.dirname(place));
  } catch (cause) {
    throw asOutputError(file, cause);
  }
}

/** Links a file to another by a relative path, in place of what is there; copies where links cannot be made. */
export async function linkAtomically(target: string, link: string): Promise<void> {
  await putInPlace(link, async (temporary) => {
    try {
      await symlink(path.relative(path.dirname(link), target), temporary);
    } catch (error) {
      if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) {
        throw error;
      }
      await copyFile(target, temporary); // Windows without the right to make links, and some mounted drives
    }
  });
}

/** The names are random: several processes, on several machines, may write one file at a time. */
async function putInPlace(file: string, make: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await make(temporary);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // the first error says more
    throw error;
  }
}

/** Puts a file's content on the disk. */
export async function syncFile(file: string): Promise<void> {
  const handle = await open(file);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Puts a folder's list of files on the disk; Windows, where folders cannot be opened, does that by itself. */
export async function syncFolder(folder: string): Promise<void> {
  await syncFile(folder).catch((error: NodeJS.ErrnoException) => {
    if (process.platform !== 'win32') throw error;
  });
}

/** What the file system said when a file or folder was written, for people; any other error as it is. */
export function asOutputError(file: string, cause: unknown): unknown {
  const ofSystem = cause instanceof Error && 'errno' in cause && 'syscall' in cause;
  return ofSystem ? new OutputError(`${file} cannot be written: ${cause.message}`, { cause }) : cause;
}
