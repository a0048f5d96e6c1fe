import { readFile } from 'node:fs/promises';
import { decodeText } from '../encoding/text-encoding.js';
import { InputError } from '../errors/errors.js';
import type { ExplainLevel } from './explain/explain-calls.js';

/** A model to serve. */
export interface ModelSpec {
  /** Where none is given the folder's name, of a model of the hub `owner/name`. */
  readonly name?: string | undefined;
  /** A model folder, or a name of the hub; without one the embedded model. */
  readonly folder?: string | undefined;
  readonly aliases: readonly string[];
}

/** What a request may have at most; each is a flag of `serve`. */
export interface Limits {
  /** Bytes of a body: what is parsed at once, on the thread that answers everybody. */
  readonly maxBodyBytes: number;
  /** Bytes of all bodies that are being read or worked on: what memory they may take, several times as much. */
  readonly maxOpenBytes: number;
  /** Until a request's head is there, and again until its body is: a slow sender holds a connection. */
  readonly bodyTimeoutMs: number;
  /** Pairs of one request: its answer is one JSON value. */
  readonly maxDocuments: number;
  /** UTF-16 units of all texts: what is tokenized, cut or not. */
  readonly maxCharacters: number;
  /** Upper bound of one request's tokens: how long it may keep the model. */
  readonly maxRequestTokens: number;
  /** Upper bound of all accepted tokens: how long the last one waits. */
  readonly maxQueueTokens: number;
  /** From the request to its answer. */
  readonly requestTimeoutMs: number;
  /** Tokens that are computed to explain the results of one request: what does not fit is not explained. */
  readonly maxExplainTokens: number;
  /** At a time: each holds a file descriptor and some memory before anything is known of who is there. */
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

/** How the application behaves; the command line makes it. */
export interface Settings {
  readonly limits: Limits;
  /** What is explained to those who ask. */
  readonly explain: ExplainLevel;
  /** Whether fields that no dialect knows are refused. */
  readonly strict: boolean;
  /** The address it is bound to, which a browser without a key must name. */
  readonly host: string;
  /** Host names beside it that requests may name where there are no keys; `*` is any. */
  readonly allowedHosts: readonly string[];
  /** Origins of web pages that may call; `*` is any. */
  readonly corsOrigins: readonly string[];
  /** Requests of one key a minute. */
  readonly requestsPerMinute?: number | undefined;
  /** Documents of one key a day. */
  readonly documentsPerDay?: number | undefined;
}

const KEYS_VARIABLE = 'RERANK_API_KEYS';

/**
 * The API keys of RERANK_API_KEYS, comma-separated, and of a file, one a line. The variable is taken out of the
 * environment, so that no child process has it.
 *
 * @returns keys as they are written: `[NAME ]KEY` or `[NAME ]sha256:HEX`.
 * @throws InputError when the file cannot be read or there is no key where one was announced.
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
      throw new InputError(`The file of keys cannot be read: ${(cause as Error).message}`, { cause });
    }
    keys = keys.concat(text.split('\n').filter((line) => !line.trimStart().startsWith('#')));
  }
  const found = keys.map((key) => key.trim()).filter((key) => key !== '');
  if (found.length === 0 && file !== undefined) {
    throw new InputError(`${file} has no key. Each line is KEY or NAME KEY; for KEY may stand sha256:HEX.`);
  }
  if (found.length === 0 && variable !== undefined && variable !== '') {
    throw new InputError(`${KEYS_VARIABLE} is set and has no key in it.`);
  }
  return found;
}
