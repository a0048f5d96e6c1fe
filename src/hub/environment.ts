import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { HubError } from '../errors/errors.js';

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Address of the hub and place of the cache, from the same variables as in Python's huggingface_hub. */
export interface HubEnvironment {
  /** HF_ENDPOINT: base URL without a slash at its end. Default: the public hub. */
  readonly endpoint: string | undefined;
  /** HF_HUB_CACHE, else HF_HOME/hub, else a folder in the user's cache. */
  readonly cache: string;
  /** HF_HUB_OFFLINE: no request to the hub. */
  readonly offline: boolean;
  /** HF_HUB_DOWNLOAD_TIMEOUT: a connection that receives nothing for this long is given up. */
  readonly idleTimeoutMs: number;
}

/** Proxies, as the environment variables name them. */
export interface Proxies {
  /** HTTP_PROXY: for addresses with `http:`. */
  readonly http: string | undefined;
  /** HTTPS_PROXY: for addresses with `https:`. */
  readonly https: string | undefined;
  /** NO_PROXY: hosts that are reached directly, separated by commas; `*` means all. */
  readonly none: string;
}

const TRUE = ['1', 'ON', 'YES', 'TRUE'];
const IDLE_TIMEOUT_S = 10;
/** A day. Longer times overflow the timers that take a multiple of it. */
const LONGEST_TIMEOUT_S = 86_400;

/** @throws HubError if HF_ENDPOINT is no URL. */
export function readHubEnvironment(env: Variables = process.env): HubEnvironment {
  return {
    endpoint: readEndpoint(env.HF_ENDPOINT),
    cache: expand(env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || path.join(homeOf(env), 'hub'), env),
    offline: isTrue(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE),
    idleTimeoutMs: 1000 * readTimeout(env.HF_HUB_DOWNLOAD_TIMEOUT),
  };
}

/** The variable in small letters wins, and disables the proxy if it is empty. Read only when the hub is asked. */
export function readProxies(env: Variables = process.env): Proxies {
  const read = (name: string): string => (env[name.toLowerCase()] ?? env[name] ?? '').trim();
  return {
    http: read('HTTP_PROXY') || undefined,
    https: read('HTTPS_PROXY') || undefined,
    none: read('NO_PROXY'),
  };
}

/**
 * The user's access token: from HF_TOKEN, else from the file that `hf auth login` writes. Read only when the hub is
 * asked.
 *
 * @throws HubError if the file exists and cannot be read, or the token has impossible characters.
 */
export async function readToken(env: Variables = process.env): Promise<string | undefined> {
  const token = await findToken(env);
  // Checked here, because the error for an invalid header would show the token.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new HubError(
      'The token has characters that no token can have. Check HF_TOKEN, or log in again.',
      'access',
    );
  }
  return token;
}

async function findToken(env: Variables): Promise<string | undefined> {
  if (isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const given = (env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN || '').trim();
  if (given !== '') return given;
  const file = expand(env.HF_TOKEN_PATH || path.join(homeOf(env), 'token'), env);
  try {
    return (await readFile(file, 'utf8')).trim() || undefined;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new HubError(`The token file ${file} cannot be read: ${message}`, 'access', { cause });
  }
}

function homeOf(env: Variables): string {
  return expand(env.HF_HOME || path.join(env.XDG_CACHE_HOME || '~/.cache', 'huggingface'), env);
}

function isTrue(value: string | undefined): boolean {
  return TRUE.includes((value ?? '').toUpperCase());
}

/** Expands `~` and `$NAME` in a path, as Python does; absolute. */
function expand(given: string, env: Variables): string {
  const fromHome = given.replace(/^~(?=\/|\\|$)/, () => env.HOME || os.homedir());
  const whole = fromHome.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (text, braced, bare) => env[braced ?? bare] ?? text,
  );
  return path.resolve(whole);
}

/** Seconds; the default for anything but a positive number. */
function readTimeout(given: string | undefined): number {
  const seconds = Number(given);
  return seconds > 0 ? Math.min(seconds, LONGEST_TIMEOUT_S) : IDLE_TIMEOUT_S;
}

function readEndpoint(given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new HubError(
      `HF_ENDPOINT is ${JSON.stringify(given)}; it must be a URL that begins with https:// or http://.`,
      'unreachable',
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    // The value is not shown, because it may contain a password.
    throw new HubError(
      'HF_ENDPOINT must be a URL without user, password, ? and #. An access token belongs in HF_TOKEN.',
      'unreachable',
    );
  }
  return given.replace(/\/+$/, '');
}
