import { existsSync } from 'node:fs';
import path from 'node:path';
import { NativeSetupError } from '../../errors/errors.js';
import { libraryNames } from './machine.js';

/** Folders of a wheel's `include` that the binding's sources include. */
export const HEADER_FOLDERS = ['absl/', 'tensorflow/c/', 'tensorflow/core/platform/', 'tsl/', 'xla/tsl/c/'];

/** A folder with TensorFlow's two libraries and its headers in `include`, as in Python's site-packages. */
export interface TensorFlowFolder {
  /** Absolute. */
  readonly folder: string;
  /** Absolute paths of the two libraries, in the order of {@link libraryNames}. */
  readonly libraries: readonly string[];
  readonly include: string;
}

/**
 * Checks that a folder has everything for building a binding.
 *
 * @throws NativeSetupError that names the first missing file.
 */
export function openTensorFlowFolder(given: string, platform: NodeJS.Platform): TensorFlowFolder {
  const folder = path.resolve(given);
  const libraries = libraryNames(platform).map((name) => path.join(folder, name));
  const include = path.join(folder, 'include');
  for (const file of [...libraries, path.join(include, 'tensorflow/c/eager/c_api.h')]) {
    if (!existsSync(file)) {
      throw new NativeSetupError(
        `The TensorFlow folder ${folder} has no ${path.relative(folder, file)}. ` +
          'It must contain the two libraries and "include", like the folder "tensorflow" in Python\'s site-packages.',
      );
    }
  }
  return { folder, libraries, include };
}
