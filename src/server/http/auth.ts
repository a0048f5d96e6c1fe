import { createHash, timingSafeEqual } from 'node:crypto';
import { InputError } from '../../errors/errors.js';
import { HttpError } from './http-error.js';

/** A key's owner: what logs and metrics may say of it. */
export interface ApiKey {
  readonly name: string;
}

interface KnownKey extends ApiKey {
  readonly hash: Buffer;
}

/** The keys that may call; their hashes alone are held. */
export class KeyRing {
  private readonly keys: readonly KnownKey[];

  /**
   * @param keys as they are written: `[NAME ]KEY` or `[NAME ]sha256:HEX`.
   * @throws InputError for one that is neither, and for a name given twice.
   */
  constructor(keys: readonly string[]) {
    this.keys = keys.map(parseKey);
    const names = this.keys.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) {
      throw new InputError(`Two API keys are called ${twice}, or one is given twice.`);
    }
  }

  get isEmpty(): boolean {
    return this.keys.length === 0;
  }

  /**
   * Whose the header's key is. Every known hash is compared in full, so that time tells nothing.
   *
   * @throws HttpError 401 for a header that is missing, of another scheme, or with a key that is not known.
   */
  authenticate(authorization: string | undefined): ApiKey {
    const key = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    const hash = sha256(key ?? '');
    let found: KnownKey | undefined;
    for (const known of this.keys) {
      if (timingSafeEqual(known.hash, hash)) {
        found = known;
      }
    }
    if (found === undefined) {
      const what = authorization === undefined ? 'There is no API key' : 'The API key is not valid';
      throw new HttpError(401, 'unauthorized', `${what}; send the header "Authorization: Bearer KEY".`, {
        'WWW-Authenticate': `Bearer realm="tfjs-reranker"${key === undefined ? '' : ', error="invalid_token"'}`,
      });
    }
    return found;
  }
}

const NAME = /^[\w.-]{1,64}$/;

/** No key has a blank in it (a header could not carry it), so a blank parts it from its name, and all else is the key. */
function parseKey(written: string): KnownKey {
  const [key = '', name, ...rest] = written.split(/\s+/).reverse();
  if (rest.length > 0) {
    throw new InputError(
      'An API key has more than one blank in it; it is written KEY or NAME KEY, keys are separated by commas, in a file ' +
        'by line ends.',
    );
  }
  if (name !== undefined && !NAME.test(name)) {
    throw new InputError(
      "An API key's name has signs that are none of a name's; it has up to 64 letters, digits and ._-",
    );
  }
  if (!/^[!-~]+$/.test(key)) {
    throw new InputError('An API key has signs that no header carries; it is made of visible ASCII.');
  }
  const digest = /^sha256:(.*)$/i.exec(key)?.[1];
  if (digest !== undefined && !/^[0-9a-f]{64}$/i.test(digest)) {
    throw new InputError('An API key begins with sha256: and is not followed by 64 hexadecimal digits.');
  }
  const hash = digest === undefined ? sha256(key) : Buffer.from(digest, 'hex');
  return { name: name ?? hash.toString('hex').slice(0, 8), hash };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
