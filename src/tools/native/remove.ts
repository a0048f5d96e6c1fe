import { NativeSetupError } from '../../errors/errors.js';
import { BINDING_PACKAGE, findBindingPackage } from './binding-package.js';
import { removeBinding } from './placement.js';
import { type Installed, readInstalled } from './stamp.js';

/** What was taken away. */
export interface Removal {
  /** The package that has no binding now. */
  readonly folder: string;
  /** What it had. */
  readonly had: Installed;
}

/**
 * Undoes setup-native in this project: the package is as it was published. The package itself and the cache of
 * TensorFlow's libraries, which other projects may use, stay.
 *
 * @throws NativeSetupError when the package is not installed, or may not be written.
 */
export async function removeNative(): Promise<Removal> {
  const pkg = findBindingPackage();
  if (pkg === undefined) {
    throw new NativeSetupError(`${BINDING_PACKAGE} is not installed here, so there is nothing to remove.`);
  }
  const had = await readInstalled(pkg);
  await removeBinding(pkg.folder);
  return { folder: pkg.folder, had };
}
