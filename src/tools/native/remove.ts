import { NativeSetupError } from '../../errors/errors.js';
import { BINDING_PACKAGE, findBindingPackage } from './binding-package.js';
import { removeBinding } from './placement.js';
import { type Installed, readInstalled } from './stamp.js';

/** What was removed. */
export interface Removal {
  /** The package, which has no binding now. */
  readonly folder: string;
  /** The binding that it had. */
  readonly had: Installed;
}

/**
 * Removes the native backend from this project: the package is as it was published. The package itself stays, and so
 * does the cache of TensorFlow's libraries, because other projects may use it.
 *
 * @throws NativeSetupError if the package is not installed or cannot be written.
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
