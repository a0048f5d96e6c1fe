import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../errors/errors.js';

/**
 * Writes a file whole or not at all: what was there before stays until all is on the disk. Its folder is made.
 *
 * @param parts what it holds, one after the other.
 * @throws InputError when it cannot be written.
 */
export async function writeWhole(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const unfinished = `${file}.unfinished`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(unfinished, 'w');
    try {
      for (const part of parts) {
        await handle.writeFile(part);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw new InputError(`The file ${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

/** A text's bytes. */
export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
