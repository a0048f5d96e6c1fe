import type { Response } from 'undici';
import { HubError } from '../errors/errors.js';
import { toConnectionError } from './connection-error.js';
import type { Transport } from './transport.js';

/** Most bytes of an answer. A page of a listing has some hundred kilobytes. */
const MAX_API_BYTES = 16e6;
/** Most bytes of a failure's explanation, which is a sentence. */
const MAX_SAID_BYTES = 4096;

/** Limits of a request. */
export interface WatchOptions {
  readonly transport: Pick<Transport, 'proxyVariable'>;
  readonly signal?: AbortSignal | undefined;
}

/** Aborts a request when nothing arrives for too long, or when the caller no longer wants it. */
export class IdleWatch {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  readonly signal: AbortSignal;

  constructor(
    private readonly idleTimeoutMs: number,
    private readonly options: WatchOptions,
  ) {
    const { signal } = options;
    this.signal =
      signal === undefined ? this.controller.signal : AbortSignal.any([this.controller.signal, signal]);
    this.touch();
  }

  touch(): void {
    clearTimeout(this.timer);
    const seconds = this.idleTimeoutMs / 1000;
    this.timer = setTimeout(
      () => this.controller.abort(new Error(`nothing arrived for ${seconds} s`)),
      this.idleTimeoutMs,
    );
  }

  /** Ends the watch, and the request if it still runs. */
  stop(): void {
    clearTimeout(this.timer);
    this.controller.abort();
  }

  /** @throws the meaning of a failed request, or of an answer that ended early. */
  fail(cause: unknown, url: string, hasAnswered = false): never {
    const { signal, transport } = this.options;
    signal?.throwIfAborted();
    throw toConnectionError(cause, { url, hasAnswered, proxyVariable: transport.proxyVariable(url) });
  }
}

export async function* readChunks(
  response: Pick<Response, 'body'>,
  url: string,
  watch: IdleWatch,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) {
      watch.touch();
      yield chunk;
    }
  } catch (cause) {
    watch.fail(cause, url, true);
  } finally {
    watch.stop();
  }
}

/** @throws HubError for an answer that is longer than any answer of a hub. */
export async function readText(
  response: Pick<Response, 'body'>,
  url: string,
  watch: IdleWatch,
  maxBytes = MAX_API_BYTES,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of readChunks(response, url, watch)) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new HubError(
        `${url} answers with more than ${maxBytes / 1e6} MB, which no hub does. Check HF_ENDPOINT.`,
        'unreachable',
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A server's explanation of a failure: in a header, as the hub sends it, or in the JSON of the answer. */
export async function readSaid(
  response: Response,
  url: string,
  watch: IdleWatch,
): Promise<string | undefined> {
  const header = response.headers.get('X-Error-Message');
  if (header !== null || !/json/i.test(response.headers.get('Content-Type') ?? '')) {
    await response.body?.cancel();
    return header ?? undefined;
  }
  try {
    const { error } = JSON.parse(await readText(response, url, watch, MAX_SAID_BYTES)) as { error?: unknown };
    return typeof error === 'string' ? error.replace(/\p{C}+/gu, ' ') : undefined;
  } catch {
    return undefined; // the status says enough
  }
}
