import { readFileSync } from 'node:fs';
import { InternalError } from '../../errors/errors.js';

/** Where the build puts what browsers get; the sources are in `client/`, one script and one style a page. */
const FOLDER = new URL('../../assets/', import.meta.url);

/**
 * A style or script as the build made it, with all that it imports inside.
 *
 * @param name such as `playground.css`
 * @throws InternalError where the build did not make it.
 */
export function readAsset(name: string): string {
  try {
    return readFileSync(new URL(name, FOLDER), 'utf8');
  } catch (cause) {
    throw new InternalError(`The page's part ${name} is not built: npm run build.`, { cause });
  }
}
