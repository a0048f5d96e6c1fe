import type { Response } from 'undici';
import { HubError } from '../errors/errors.js';
import { type RequestPurpose, toHubError, toStorageHostError } from './response-error.js';
import { isBusy, type RetryOptions, waitToRetry } from './retry.js';
import type { Transport } from './transport.js';
import { IdleWatch, readChunks, readSaid, readText } from './watched-answer.js';

/** Bytes of a file from `start` on, as they arrive. */
export interface FileStream {
  /** Where the bytes begin: as asked, or 0 where the server gives the whole file whatever was asked. */
  readonly start: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What is known of a file before its content comes. */
export interface FileFacts {
  readonly size: number | undefined;
  /** In hexadecimal, where the hub itself tells it. */
  readonly sha256: string | undefined;
}

/** How the hub is asked. */
export interface HubHttpOptions extends RetryOptions {
  readonly purpose: Pick<RequestPurpose, 'id' | 'revision'>;
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly transport: Transport;
  /** A connection that brings no byte for so long is broken. */
  readonly idleTimeoutMs: number;
}

/** The hub's own origins. A mirror may lead there; as in Python the token is theirs, and that of HF_ENDPOINT. */
const HUB_ORIGINS = ['https://huggingface.co', 'https://hub-ci.huggingface.co', 'https://hf.co'];
const MAX_REDIRECTS = 5;
/** An answer of the hub's API has some kilobytes: it may take so many times the idle timeout. */
const API_PATIENCE = 3;

/**
 * Requests to the hub. Redirects are followed here, so that the token goes to hubs alone: large files come from other
 * hosts, by addresses that carry a signature of their own.
 */
export class HubHttp {
  private readonly hubs: ReadonlySet<string>;

  constructor(private readonly options: HubHttpOptions) {
    this.hubs = new Set([new URL(options.endpoint).origin, ...HUB_ORIGINS]);
  }

  /**
   * `fetch` for @huggingface/hub; waits and asks again where the hub is busy.
   *
   * @throws HubError for what is no success, so that the answer's headers are not lost.
   */
  readonly fetch: typeof fetch = (input) => {
    const url = new URL(String(input instanceof Request ? input.url : input));
    // Its library always sends it; mirrors (Artifactory) answer 404 to it, and what it adds is needed nowhere.
    url.searchParams.delete('expand');
    return this.whileBusy(() => this.ask(url.href));
  };

  /**
   * Opens a file of the hub.
   *
   * @param start the first byte that is wanted
   * @throws HubError: `unreachable` and `rate_limited` for what may be better the next time.
   */
  async open(url: string, start: number): Promise<FileStream> {
    const watch = this.watch(this.options.idleTimeoutMs);
    // Whole bytes, as they are hashed: a server that compresses would count others.
    const headers: Record<string, string> = { 'Accept-Encoding': 'identity' };
    if (start > 0) headers.Range = `bytes=${start}-`;
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

  /** Asks for a file's headers alone. A hub tells of a large file before it leads to the host that has it. */
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
      watch.touch(); // the time is that of one request
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
      // Other hosts answer by addresses that are signed for GET alone.
      if (method === 'HEAD' && !this.hubs.has(target.origin)) return response;
      next = target.href;
    }
    throw new HubError(`${url} leads through more than ${MAX_REDIRECTS} redirects.`, 'unreachable');
  }

  /** A hub is also known by the codes that only a hub gives: a mirror may lead to one that is not in the list. */
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
