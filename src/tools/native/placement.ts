import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { NativeSetupError } from '../../errors/errors.js';

/** The folders of the package that hold a built binding and its libraries; the package as published has neither. */
const BUILT = ['lib', 'deps'];
const PREFIX = '.setup-native-';

/**
 * Lets `body` build in a folder inside the package, where moving it into place is only a renaming. The folder is gone
 * afterwards.
 *
 * @throws NativeSetupError when the package may not be written.
 */
export async function withWorkFolder<T>(folder: string, body: (work: string) => Promise<T>): Promise<T> {
  const work = await mkdtemp(path.join(folder, PREFIX)).catch((cause: NodeJS.ErrnoException) => {
    throw new NativeSetupError(
      `The binding cannot be put into ${folder}: ${cause.message}\n` +
        'Run setup-native as the user who may write there, or install the project where you may.',
      { cause },
    );
  });
  try {
    return await body(work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Puts a built binding where the package looks for it, in place of what is there.
 *
 * @param built a folder in the work folder, with `lib` and `deps`.
 * @returns takes it back: all is as it was.
 */
export async function placeBinding(
  folder: string,
  work: string,
  built: string,
): Promise<() => Promise<void>> {
  const before = path.join(work, 'before');
  await mkdir(before);
  for (const name of BUILT) {
    const place = path.join(folder, name);
    if (existsSync(place)) {
      await rename(place, path.join(before, name));
    }
    await rename(path.join(built, name), place);
  }
  return async () => {
    for (const name of BUILT) {
      const place = path.join(folder, name);
      await rm(place, { recursive: true, force: true });
      if (existsSync(path.join(before, name))) {
        await rename(path.join(before, name), place);
      }
    }
  };
}

/** Takes a binding away, whoever built it, and what an interrupted setup left. The package is as published then. */
export async function removeBinding(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith(PREFIX));
  try {
    for (const name of [...BUILT, ...left]) {
      await rm(path.join(folder, name), { recursive: true, force: true });
    }
  } catch (cause) {
    throw new NativeSetupError(`The binding in ${folder} cannot be removed: ${(cause as Error).message}`, {
      cause,
    });
  }
}
