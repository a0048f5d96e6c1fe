import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import { TextEncoding } from '../../encoding/text-encoding.js';
import { OverloadedError } from '../../errors/errors.js';
import type { Limits } from '../settings.js';
import { HttpError } from './http-error.js';

/** Most levels of nested arrays and objects: far more than a request needs, far fewer than recursion can take. */
const MAX_DEPTH = 32;
/** After this time there may be free memory again. */
const RETRY_MS = 1000;

/** A body after reading. */
export interface Body {
  readonly json: Readonly<Record<string, unknown>>;
  /** The body as it was written. */
  readonly text: string;
  /** To be called when the request is over and its memory is free. */
  release(): void;
}

/** Reads bodies, and counts the bytes of all bodies whose requests are not over. */
export class Bodies {
  private held = 0;

  constructor(private readonly limits: Pick<Limits, 'maxBodyBytes' | 'maxOpenBytes' | 'bodyTimeoutMs'>) {}

  /**
   * Reads a request's body as a JSON object, whatever its content type is.
   *
   * @throws HttpError 413 too large, 415 compressed, 408 too slow, 400 not UTF-8, not JSON, not an object, or too deep.
   * @throws OverloadedError if all bodies together are too large.
   */
  async read(incoming: IncomingMessage): Promise<Body> {
    assertPlain(incoming.headers);
    let own = 0;
    const release = (): void => {
      this.held -= own;
      own = 0;
    };
    const take = (bytes: number): void => {
      if (own + bytes > this.limits.maxBodyBytes) {
        throw tooLarge(this.limits.maxBodyBytes);
      }
      if (this.held + bytes > this.limits.maxOpenBytes) {
        throw new OverloadedError(
          `The requests that are being answered have ${this.held} bytes; there is no room for ${bytes} more. Try again later.`,
          RETRY_MS,
        );
      }
      own += bytes;
      this.held += bytes;
    };
    try {
      const text = decode(await readBytes(incoming, take, this.limits.bodyTimeoutMs));
      return { json: parse(text), text, release };
    } catch (error) {
      release();
      throw error;
    }
  }
}

/**
 * Reads a body; reading stops when the body is refused.
 *
 * @param take is called with the number of bytes before they are kept.
 */
function readBytes(
  incoming: IncomingMessage,
  take: (bytes: number) => void,
  timeoutMs: number,
): Promise<Uint8Array> {
  const length = incoming.headers['content-length'];
  if (length !== undefined) {
    take(Number(length)); // Node ensures that the body has exactly this length
  }
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const keep = (part: Buffer): void => {
      try {
        if (length === undefined) {
          take(part.length);
        }
        parts.push(part);
      } catch (error) {
        end(error);
      }
    };
    const end = (error?: unknown): void => {
      clearTimeout(timer);
      forget();
      incoming.off('data', keep);
      if (error === undefined || error === null) {
        resolve(Buffer.concat(parts));
      } else {
        incoming.pause();
        reject(error);
      }
    };
    const timer = setTimeout(() => end(tooSlow(timeoutMs)), timeoutMs);
    const forget = finished(incoming, { writable: false }, (cause) => end(cause && clientLeft(cause)));
    incoming.on('data', keep);
  });
}

/** @throws HttpError 415 for a compressed body. */
function assertPlain({
  'content-encoding': content,
  'transfer-encoding': transfer,
}: IncomingHttpHeaders): void {
  const coding = [content, transfer]
    .flatMap((header) => (header ?? '').split(','))
    .map((name) => name.trim().toLowerCase())
    .find((name) => !['', 'identity', 'chunked'].includes(name));
  if (coding !== undefined) {
    throw new HttpError(
      415,
      'unsupported_encoding',
      `The body has the content coding ${JSON.stringify(coding.slice(0, 40))}; send it without one.`,
      { 'Accept-Encoding': 'identity' },
    );
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const bad = TextEncoding.utf8.decode(bytes);
    const what =
      typeof bad === 'string' ? 'It is not UTF-8' : `Byte ${bad.at + 1} of the body: ${bad.problem}`;
    throw new HttpError(400, 'invalid_body', `${what}; send a JSON object in UTF-8.`, {}, { cause });
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const place = cause instanceof SyntaxError ? placeIn(cause) : '';
    throw new HttpError(
      400,
      'invalid_body',
      `The body is not JSON${place}; send a JSON object.`,
      {},
      { cause },
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(400, 'invalid_body', 'The body is not a JSON object.');
  }
  assertShallow(value);
  return value as Readonly<Record<string, unknown>>;
}

function clientLeft(cause: unknown): HttpError {
  return new HttpError(499, 'client_closed', 'The client left before its request was whole.', {}, { cause });
}

function tooSlow(ms: number): HttpError {
  return new HttpError(408, 'timeout', `The body did not arrive within ${ms / 1000} s.`, {
    Connection: 'close',
  });
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, 'too_large', `The body is larger than ${maxBytes} bytes.`, {
    Connection: 'close',
  });
}

/** The place of the JSON error, without the text around it, which may be part of a document. */
function placeIn({ message }: SyntaxError): string {
  const place = /at position \d+( \(line \d+ column \d+\))?/.exec(message)?.[0];
  return place === undefined ? '' : ` ${place}`;
}

function assertShallow(value: object): void {
  const open: { readonly value: object; readonly depth: number }[] = [{ value, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.depth > MAX_DEPTH) {
      throw new HttpError(400, 'invalid_body', `The body is nested deeper than ${MAX_DEPTH} levels.`);
    }
    for (const inner of Object.values(next.value)) {
      if (typeof inner === 'object' && inner !== null) {
        open.push({ value: inner, depth: next.depth + 1 });
      }
    }
  }
}
