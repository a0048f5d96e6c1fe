import { createHash, timingSafeEqual } from 'node:crypto';
import { InputError } from '../../errors/errors.js';
import { HttpError } from './http-error.js';

/** The owner of a key, as logs and metrics may name it. */
export interface ApiKey {
  readonly name: string;
}

interface KnownKey extends ApiKey {
  readonly hash: Buffer;
}

/** The valid keys. Only their hashes are kept. */
export class KeyRing {
  private readonly keys: readonly KnownKey[];

  /**
   * @param keys as they are written: `[NAME ]KEY` or `[NAME ]sha256:HEX`.
   * @throws InputError for a key in neither form, and for a name that appears twice.
   */
  constructor(keys: readonly string[]) {
    this.keys = keys.map(parseKey);
    const names = this.keys.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) {
      throw new InputError(`Two API keys are called ${twice}, or one appears twice.`);
    }
  }

  get isEmpty(): boolean {
    return this.keys.length === 0;
  }

  /**
   * The owner of the key in a header. Every known hash is compared in full, so that the time reveals nothing.
   *
   * @throws HttpError 401 if the header is missing, has another scheme, or has an unknown key.
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

/** A key contains no space, because a header could not carry it. So a space separates it from its name. */
function parseKey(written: string): KnownKey {
  const [key = '', name, ...rest] = written.split(/\s+/).reverse();
  if (rest.length > 0) {
    throw new InputError(
      'An API key has more than one space in it. Write KEY or NAME KEY; separate keys by commas, in a file by line ' +
        'breaks.',
    );
  }
  if (name !== undefined && !NAME.test(name)) {
    throw new InputError("An API key's name has invalid characters. It has up to 64 letters, digits and ._-");
  }
  if (!/^[!-~]+$/.test(key)) {
    throw new InputError('An API key has characters that a header cannot carry. Use visible ASCII only.');
  }
  const digest = /^sha256:(.*)$/i.exec(key)?.[1];
  if (digest !== undefined && !/^[0-9a-f]{64}$/i.test(digest)) {
    throw new InputError('An API key begins with sha256: but is not followed by 64 hexadecimal digits.');
  }
  const hash = digest === undefined ? sha256(key) : Buffer.from(digest, 'hex');
  return { name: name ?? hash.toString('hex').slice(0, 8), hash };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
