import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { NativeSetupError } from '../../errors/errors.js';

/** The folders of the package for a built binding and its libraries; the published package has neither. */
const BUILT = ['lib', 'deps'];
const PREFIX = '.setup-native-';

/**
 * Lets `body` build in a folder inside the package, from which it can be moved into place by renaming. The folder is
 * removed afterwards.
 *
 * @throws NativeSetupError if the package cannot be written.
 */
export async function withWorkFolder<T>(folder: string, body: (work: string) => Promise<T>): Promise<T> {
  const work = await mkdtemp(path.join(folder, PREFIX)).catch((cause: NodeJS.ErrnoException) => {
    throw new NativeSetupError(
      `The binding cannot be put into ${folder}: ${cause.message}\n` +
        'Run setup-native as a user who may write there, or install the project in another place.',
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
 * Puts a built binding where the package looks for it, replacing the existing one.
 *
 * @param built a folder in the work folder, with `lib` and `deps`.
 * @returns a function that restores the previous state.
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

/** Removes a binding, whoever built it, and the rest of an interrupted setup. The package is as published then. */
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
