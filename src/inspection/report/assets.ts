import { readFileSync } from 'node:fs';
import { InternalError } from '../../errors/errors.js';

/** Folder of the built assets for browsers. Their sources are in `client/`, one script and one style for each page. */
const FOLDER = new URL('../../assets/', import.meta.url);

/**
 * A built style or script, bundled with its imports.
 *
 * @param name such as `playground.css`
 * @throws InternalError if it was not built.
 */
export function readAsset(name: string): string {
  try {
    return readFileSync(new URL(name, FOLDER), 'utf8');
  } catch (cause) {
    throw new InternalError(`The asset ${name} was not built. Run: npm run build`, { cause });
  }
}
