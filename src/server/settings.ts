import { readFile } from 'node:fs/promises';
import { decodeText } from '../encoding/text-encoding.js';
import { InputError } from '../errors/errors.js';
import type { ExplainLevel } from './explain/explain-calls.js';

/** A model to serve. */
export interface ModelSpec {
  /** Default: the folder's name, or `owner/name` for a model of the hub. */
  readonly name?: string | undefined;
  /** A model folder, or a hub name; default: the embedded model. */
  readonly folder?: string | undefined;
  readonly aliases: readonly string[];
}

/** Limits of a request; each is a flag of `serve`. */
export interface Limits {
  /** Bytes of a body. It is parsed at once, on the thread that answers all requests. */
  readonly maxBodyBytes: number;
  /** Bytes of all bodies that are being read or answered. They take several times as much memory. */
  readonly maxOpenBytes: number;
  /** Until a request's head has arrived, and again until its body has: a slow sender holds a connection. */
  readonly bodyTimeoutMs: number;
  /** Pairs of one request. The answer is one JSON value. */
  readonly maxDocuments: number;
  /** UTF-16 units of all texts. All of it is tokenized, even if it is cut later. */
  readonly maxCharacters: number;
  /** Tokens of one request. They limit how long a request may keep the model busy. */
  readonly maxRequestTokens: number;
  /** Tokens of all accepted requests. They limit how long the last request waits. */
  readonly maxQueueTokens: number;
  /** From the request to its answer. */
  readonly requestTimeoutMs: number;
  /** Tokens that may be computed to explain the results of one request. Results beyond it are not explained. */
  readonly maxExplainTokens: number;
  /** Open connections. Each takes a file descriptor and some memory, even before the client is known. */
  readonly maxConnections: number;
}

/** Limits that suit a small machine. */
export const DEFAULT_LIMITS: Limits = {
  maxBodyBytes: 4 * 2 ** 20,
  maxOpenBytes: 128 * 2 ** 20,
  bodyTimeoutMs: 30_000,
  maxDocuments: 1000,
  maxCharacters: 4_000_000,
  maxRequestTokens: 524_288,
  maxQueueTokens: 524_288,
  requestTimeoutMs: 60_000,
  maxExplainTokens: 524_288,
  maxConnections: 1024,
};

/** How much is logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Settings of the application, from the command line or a program. */
export interface Settings {
  readonly limits: Limits;
  /** Which explanations requests may ask for. */
  readonly explain: ExplainLevel;
  /** Whether unknown fields are refused. */
  readonly strict: boolean;
  /** The address it listens on. Without keys, requests from a browser must name it. */
  readonly host: string;
  /** Further host names that requests may name if there are no keys; `*` allows any. */
  readonly allowedHosts: readonly string[];
  /** Origins of web pages that may call; `*` allows any. */
  readonly corsOrigins: readonly string[];
  /** Limit of requests for each key and minute. */
  readonly requestsPerMinute?: number | undefined;
  /** Limit of documents for each key and day. */
  readonly documentsPerDay?: number | undefined;
}

const KEYS_VARIABLE = 'RERANK_API_KEYS';

/**
 * The API keys from RERANK_API_KEYS, comma-separated, and from a file, one per line. The variable is removed from the
 * environment, so that no child process inherits it.
 *
 * @returns keys as they are written: `[NAME ]KEY` or `[NAME ]sha256:HEX`.
 * @throws InputError if the file cannot be read, or the file or the variable contains no key.
 */
export async function readKeys(file?: string): Promise<string[]> {
  const variable = process.env[KEYS_VARIABLE];
  delete process.env[KEYS_VARIABLE];
  let keys = (variable ?? '').split(',');
  if (file !== undefined) {
    let text: string;
    try {
      text = decodeText(await readFile(file), file);
    } catch (cause) {
      if (cause instanceof InputError) {
        throw cause;
      }
      throw new InputError(`The file of API keys cannot be read: ${(cause as Error).message}`, { cause });
    }
    keys = keys.concat(text.split('\n').filter((line) => !line.trimStart().startsWith('#')));
  }
  const found = keys.map((key) => key.trim()).filter((key) => key !== '');
  if (found.length === 0 && file !== undefined) {
    throw new InputError(`${file} contains no key. Each line is KEY or NAME KEY; KEY may be sha256:HEX.`);
  }
  if (found.length === 0 && variable !== undefined && variable !== '') {
    throw new InputError(`${KEYS_VARIABLE} is set but contains no key.`);
  }
  return found;
}
