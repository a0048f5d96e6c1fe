import { opendir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WeightNotFoundError } from '../errors.js';

/** Two levels up is the package, from src/hub/ (tests) as from dist/hub/ (a build, an installed package). */
const EMBEDDED_MODEL = fileURLToPath(new URL('../../weights/mini-en-zh', import.meta.url));

/** `owner/name`, as people know it from the hub; a folder can be called so too, and then it is found. */
const LIKE_HUB_ID = /^\w[\w.-]*\/[\w.-]+$/;

/**
 * The folder of a model: of the path given, or of the embedded model mini-en-zh without one.
 *
 * @param pathOrNothing a folder, relative to the working directory or absolute
 * @returns absolute path of a folder that exists and can be listed; what is in it is not looked at
 * @throws WeightNotFoundError if it does not exist, is not a folder, or may not be read
 */
export async function resolveModelFolder(pathOrNothing?: string): Promise<string> {
  if (pathOrNothing === '') throw new WeightNotFoundError('The path of the model is empty; give a folder.');
  const folder = pathOrNothing === undefined ? EMBEDDED_MODEL : path.resolve(pathOrNothing);
  try {
    const directory = await opendir(folder);
    await directory.close();
    return folder;
  } catch (cause) {
    const called = pathOrNothing === undefined ? 'The embedded model' : 'The model folder';
    throw new WeightNotFoundError(`${called} ${folder} ${describe(cause, pathOrNothing)}`, [], [], { cause });
  }
}

function describe(cause: unknown, given: string | undefined): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') {
    if (given === undefined) return 'does not exist: the package is not complete, install it again.';
    return LIKE_HUB_ID.test(given)
      ? 'does not exist. Names of the Hugging Face hub are not resolved: download the model and give its folder.'
      : 'does not exist.';
  }
  if (code === 'ENOTDIR') return 'is not a folder. Give the one that holds config.json and the weights.';
  if (code === 'EACCES' || code === 'EPERM') return 'cannot be read: permission denied.';
  return `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`;
}
