import { HubError } from '../errors.js';
import { type RequestPurpose, toConnectionError, toHubError } from './http-error.js';

/** Bytes of a file from `start` on, as they arrive. */
export interface FileStream {
  /** Where the bytes begin: as asked, or 0 where the server gives the whole file whatever was asked. */
  readonly start: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** How the hub is asked. */
export interface HubHttpOptions {
  readonly purpose: Omit<RequestPurpose, 'hasToken' | 'endpoint'>;
  readonly endpoint: string;
  readonly token: string | undefined;
  /** A connection that brings no byte for so long is broken. */
  readonly idleTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const MAX_REDIRECTS = 5;
/** An answer of the hub's API has some kilobytes: it may take so many times the idle timeout. */
const API_PATIENCE = 3;
/** A page of a listing has some hundred kilobytes. */
const MAX_API_BYTES = 16e6;

/**
 * Requests to the hub. Redirects are followed here, so that the token goes to the hub's own origin alone: large files
 * come from other hosts, by addresses that carry a signature of their own.
 */
export class HubHttp {
  private readonly origin: string;

  constructor(private readonly options: HubHttpOptions) {
    this.origin = new URL(options.endpoint).origin;
  }

  /** `fetch` for @huggingface/hub. @throws HubError for what is no success, so that the answer's headers are not lost. */
  readonly fetch: typeof fetch = async (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    const watch = new IdleWatch(this.options.idleTimeoutMs * API_PATIENCE, this.options.signal);
    try {
      const response = await this.request(url, new Headers(init?.headers), watch);
      const body = await readText(response, url, watch);
      return new Response(body, { status: response.status, headers: response.headers });
    } finally {
      watch.stop();
    }
  };

  /**
   * Opens a file of the hub.
   *
   * @param start the first byte that is wanted
   * @throws HubError: `unreachable` for what may be better the next time.
   */
  async open(url: string, start: number): Promise<FileStream> {
    const watch = new IdleWatch(this.options.idleTimeoutMs, this.options.signal);
    // Whole bytes, as they are hashed: a server that compresses would count others.
    const headers = new Headers({ 'Accept-Encoding': 'identity' });
    if (start > 0) headers.set('Range', `bytes=${start}-`);
    try {
      const response = await this.request(url, headers, watch);
      const begin = startOf(response, start);
      if (begin === start || begin === 0) return { start: begin, chunks: readChunks(response, url, watch) };
      if (start === 0) throw new HubError(`${url}: another part was sent than asked for.`, 'unreachable');
      watch.stop();
      return this.open(url, 0); // its ranges are not to be trusted
    } catch (error) {
      watch.stop();
      throw error;
    }
  }

  private async request(url: string, headers: Headers, watch: IdleWatch): Promise<Response> {
    let next = url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const { token, endpoint, purpose } = this.options;
      headers.delete('Authorization');
      const isHub = new URL(next).origin === this.origin;
      if (token !== undefined && isHub) headers.set('Authorization', `Bearer ${token}`);
      const response = await fetch(next, { headers, redirect: 'manual', signal: watch.signal }).catch(
        (cause: unknown) => watch.explain(cause, next),
      );
      const location = response.headers.get('Location');
      if (response.ok) return response;
      await response.body?.cancel();
      if (response.status < 300 || response.status >= 400 || location === null) {
        throw isHub
          ? toHubError(response, { ...purpose, endpoint, hasToken: token !== undefined })
          : new HubError(
              `${new URL(next).origin}, where the hub keeps the file, fails: status ${response.status}.`,
              'unreachable',
            );
      }
      const target = URL.canParse(location, next) ? new URL(location, next) : undefined;
      if (target?.protocol !== 'https:' && target?.protocol !== 'http:') {
        throw new HubError(
          `${new URL(next).origin} redirects to "${location}", which is no web address.`,
          'unreachable',
        );
      }
      next = target.href;
    }
    throw new HubError(`${url} leads through more than ${MAX_REDIRECTS} redirects.`, 'unreachable');
  }
}

/** Breaks a request off when nothing arrives for too long, or when it is no longer wanted. */
class IdleWatch {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  readonly signal: AbortSignal;

  constructor(
    private readonly idleTimeoutMs: number,
    private readonly wanted: AbortSignal | undefined,
  ) {
    this.signal =
      wanted === undefined ? this.controller.signal : AbortSignal.any([this.controller.signal, wanted]);
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

  /** Ends the watch, and the request where it still runs. */
  stop(): void {
    clearTimeout(this.timer);
    this.controller.abort();
  }

  /** @throws what a failed request means, or an answer that ended early. */
  explain(cause: unknown, url: string, hasAnswered = false): never {
    this.wanted?.throwIfAborted();
    throw toConnectionError(cause, url, hasAnswered);
  }
}

async function* readChunks(response: Response, url: string, watch: IdleWatch): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) {
      watch.touch();
      yield chunk;
    }
  } catch (cause) {
    watch.explain(cause, url, true);
  } finally {
    watch.stop();
  }
}

/** @throws HubError for an answer that is longer than any of a hub. */
async function readText(response: Response, url: string, watch: IdleWatch): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of readChunks(response, url, watch)) {
    bytes += chunk.length;
    if (bytes > MAX_API_BYTES) {
      throw new HubError(
        `${url} answers with more than ${MAX_API_BYTES / 1e6} MB, as no hub does. Check HF_ENDPOINT.`,
        'unreachable',
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Where the bytes of an answer begin. */
function startOf({ status, headers }: Response, asked: number): number {
  if (status !== 206) return 0;
  const [, start] = /^bytes (\d+)-/.exec(headers.get('Content-Range') ?? '') ?? [];
  return start === undefined ? asked : Number(start);
}
