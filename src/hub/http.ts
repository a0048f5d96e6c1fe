import type { Response } from 'undici';
import { HubError } from '../errors/errors.js';
import { type RequestPurpose, toHubError, toStorageHostError } from './response-error.js';
import { isBusy, type RetryOptions, waitToRetry } from './retry.js';
import type { Transport } from './transport.js';
import { IdleWatch, readChunks, readSaid, readText } from './watched-answer.js';

/** Bytes of a file from `start` on, as they arrive. */
export interface FileStream {
  /** Where the bytes begin: as requested, or 0 if the server sends the whole file regardless. */
  readonly start: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Facts about a file before its content arrives. */
export interface FileFacts {
  readonly size: number | undefined;
  /** In hexadecimal, if the hub itself gives it. */
  readonly sha256: string | undefined;
}

/** Settings of requests to the hub. */
export interface HubHttpOptions extends RetryOptions {
  readonly purpose: Pick<RequestPurpose, 'id' | 'revision'>;
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly transport: Transport;
  /** A connection that receives nothing for this long is given up. */
  readonly idleTimeoutMs: number;
}

/** The hub's own origins. A mirror may redirect to them. As in Python, they and HF_ENDPOINT get the token. */
const HUB_ORIGINS = ['https://huggingface.co', 'https://hub-ci.huggingface.co', 'https://hf.co'];
const MAX_REDIRECTS = 5;
/** An answer of the hub's API has some kilobytes. It may take this many times the idle timeout. */
const API_PATIENCE = 3;

/**
 * Requests to the hub. Redirects are followed here, so that only hubs get the token: large files come from other hosts,
 * at addresses that carry their own signature.
 */
export class HubHttp {
  private readonly hubs: ReadonlySet<string>;

  constructor(private readonly options: HubHttpOptions) {
    this.hubs = new Set([new URL(options.endpoint).origin, ...HUB_ORIGINS]);
  }

  /**
   * `fetch` for @huggingface/hub. If the hub is busy, it waits and asks again.
   *
   * @throws HubError for every failure, so that the answer's headers are not lost.
   */
  readonly fetch: typeof fetch = (input) => {
    const url = new URL(String(input instanceof Request ? input.url : input));
    // The library always sends it, but nothing needs what it adds, and mirrors (Artifactory) answer 404 to it.
    url.searchParams.delete('expand');
    return this.whileBusy(() => this.ask(url.href));
  };

  /**
   * Opens a file of the hub.
   *
   * @param start the first byte that is wanted
   * @throws HubError: `unreachable` and `rate_limited` if a retry may help.
   */
  async open(url: string, start: number): Promise<FileStream> {
    const watch = this.watch(this.options.idleTimeoutMs);
    // Without compression, because the hash and the ranges are those of the uncompressed bytes.
    const headers: Record<string, string> = { 'Accept-Encoding': 'identity' };
    if (start > 0) headers.Range = `bytes=${start}-`;
    try {
      const response = await this.request(url, headers, watch);
      const begin = startOf(response, start);
      if (begin === start || begin === 0) return { start: begin, chunks: readChunks(response, url, watch) };
      if (start === 0)
        throw new HubError(`${url}: the server sent another part than requested.`, 'unreachable');
      watch.stop();
      return this.open(url, 0); // its ranges cannot be trusted
    } catch (error) {
      watch.stop();
      throw error;
    }
  }

  /** Asks only for a file's headers. A hub describes a large file before it redirects to the host that has it. */
  describe(url: string): Promise<FileFacts> {
    return this.whileBusy(() => this.askHeaders(url));
  }

  private async askHeaders(url: string): Promise<FileFacts> {
    const watch = this.watch(this.options.idleTimeoutMs);
    try {
      const { ok, headers } = await this.request(url, { 'Accept-Encoding': 'identity' }, watch, 'HEAD');
      const size = headers.get('X-Linked-Size') ?? (ok ? headers.get('Content-Length') : null);
      const [sha256] = /\b[0-9a-f]{64}\b/.exec(headers.get('X-Linked-Etag') ?? '') ?? [];
      return { size: size === null ? undefined : Number(size), sha256 };
    } finally {
      watch.stop();
    }
  }

  private async whileBusy<T>(attempt: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!isBusy(error)) throw error;
        await waitToRetry(error, failures, this.options);
      }
    }
  }

  private async ask(url: string): Promise<globalThis.Response> {
    const watch = this.watch(this.options.idleTimeoutMs * API_PATIENCE);
    try {
      const response = await this.request(url, { Accept: 'application/json' }, watch);
      const body = await readText(response, url, watch);
      return new globalThis.Response(body, { status: response.status, headers: [...response.headers] });
    } finally {
      watch.stop();
    }
  }

  private async request(
    url: string,
    headers: Readonly<Record<string, string>>,
    watch: IdleWatch,
    method: 'GET' | 'HEAD' = 'GET',
  ): Promise<Response> {
    const { token, transport } = this.options;
    let next = url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      watch.touch(); // each request has its own time limit
      const { origin } = new URL(next);
      const authorization = token !== undefined &&
        this.hubs.has(origin) && { Authorization: `Bearer ${token}` };
      const response = await transport
        .fetch(next, {
          headers: { ...headers, ...authorization },
          ...{ method, redirect: 'manual' },
          signal: watch.signal,
        })
        .catch((cause: unknown) => watch.fail(cause, next));
      if (response.ok) return response;
      const location = response.headers.get('Location');
      if (response.status < 300 || response.status >= 400 || location === null) {
        throw this.toError(response, await readSaid(response, next, watch), origin);
      }
      await response.body?.cancel();
      const target = URL.canParse(location, next) ? new URL(location, next) : undefined;
      if (target?.protocol !== 'https:' && target?.protocol !== 'http:') {
        throw new HubError(`${origin} redirects to "${location}", which is no web address.`, 'unreachable');
      }
      // Other hosts have addresses that are signed for GET only.
      if (method === 'HEAD' && !this.hubs.has(target.origin)) return response;
      next = target.href;
    }
    throw new HubError(`${url} leads through more than ${MAX_REDIRECTS} redirects.`, 'unreachable');
  }

  /** A hub is also recognized by error codes that only a hub sends, because a mirror may redirect to an unlisted one. */
  private toError({ status, headers }: Response, said: string | undefined, origin: string): HubError {
    const { endpoint, purpose, token } = this.options;
    const answer = { status, headers, said };
    if (!this.hubs.has(origin) && !headers.has('X-Error-Code')) return toStorageHostError(origin, answer);
    const answering = origin === new URL(endpoint).origin ? endpoint : origin;
    const hasToken = token !== undefined && this.hubs.has(origin);
    return toHubError(answer, { ...purpose, endpoint: answering, hasToken });
  }

  private watch(idleTimeoutMs: number): IdleWatch {
    return new IdleWatch(idleTimeoutMs, this.options);
  }
}

/** Where the bytes of an answer begin. */
function startOf({ status, headers }: Response, asked: number): number {
  if (status !== 206) return 0;
  const [, start] = /^bytes (\d+)-/.exec(headers.get('Content-Range') ?? '') ?? [];
  return start === undefined ? asked : Number(start);
}
