import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Writes a file that is there whole or not at all, its folder with it. */
export async function writeAtomically(file: string, text: string): Promise<void> {
  await put(file, (temporary) => writeFile(temporary, text));
}

/** Links a file to another by a relative path, in place of what is there; copies where links cannot be made. */
export async function linkAtomically(target: string, link: string): Promise<void> {
  await put(link, async (temporary) => {
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

async function put(file: string, make: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await make(temporary);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
