import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** Files of a repository's state, by path. */
export type Files = Readonly<Record<string, Buffer | string>>;

/** Faults of a request for a file's content. */
export interface Fault {
  /** Bytes after which the connection is cut. */
  readonly cutAfter?: number;
  /** Bytes after which nothing is sent until this resolves. */
  readonly hold?: { readonly after: number; readonly until: Promise<void> };
  /** The content has one byte changed. */
  readonly corrupt?: boolean;
  /** Ranges begin this many bytes later than requested. */
  readonly shiftRange?: number;
  /** The whole file is sent, whatever range was requested. */
  readonly ignoreRange?: boolean;
  readonly status?: number;
  /** Of an answer with another status. */
  readonly headers?: Readonly<Record<string, string>>;
  /** There is a pause after each part of this many bytes. */
  readonly slow?: { readonly part: number; readonly pauseMs: number };
}

/** An answer that is given to any request. */
export interface Override {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  times?: number;
}

/** A request as it came in. */
export interface SeenRequest {
  /** Which of the two servers was asked. */
  readonly host: 'hub' | 'cdn';
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** In PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

interface Repository {
  readonly states: Map<string, ReadonlyMap<string, Buffer>>;
  readonly refs: Map<string, string>;
  isPrivate: boolean;
  isGated: boolean;
}

/** Tokens that the hub knows; only the first has been let in to gated models. */
export const TOKENS = { friend: 'hf_friend_of_the_house', stranger: 'hf_known_and_not_let_in' } as const;

const PAGE = 4;
const SLICE = 2 ** 20;

/**
 * A server that behaves as the hub: its API for a model's states and files, redirects of large files to a second
 * server as to a CDN, ETags, ranges, tokens, errors with their codes, and faults on demand.
 */
export class FakeHub {
  readonly requests: SeenRequest[] = [];
  /** Faults of a file's content; `attempt` counts from 1. */
  fault: (name: string, attempt: number) => Fault | undefined = () => undefined;
  /** Answers instead of the API's, by a part of the path; at most `times` times. */
  readonly overrides = new Map<string, Override>();
  /** Milliseconds before a request is answered. */
  delayMs: (path: string) => number = () => 0;
  /** Where a mirror sends those who ask: the origin of a hub. */
  redirect: string | undefined;
  /** Fields that the API leaves out of the entries of files, as mirrors do. */
  hides: 'lfs.oid' | 'lfs' | 'lfs and oid' | undefined;
  /** Whether the API lists a state's files with their sizes; some mirrors only have their names. */
  hasTree = true;
  /** Whether an API's question with `expand` is answered; mirrors say 404. */
  knowsExpand = true;
  /** Whether large files are also in the hub's newer storage, as Python's hf-xet reads it. */
  hasXet = false;
  /** Bytes of contents that were sent. */
  sentBytes = 0;
  private readonly repositories = new Map<string, Repository>();
  private readonly attempts = new Map<string, number>();
  private readonly hub: Server;
  private readonly cdn: Server;
  private readonly watchers = new Set<() => void>();

  private constructor(tls: TlsPair | undefined) {
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      this.answer('hub', request, response);
    this.hub = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
    this.cdn = createServer((request, response) => this.answer('cdn', request, response));
  }

  /** @param tls certificate and key with which it answers as the hub of that name */
  static async start(tls?: TlsPair): Promise<FakeHub> {
    const hub = new FakeHub(tls);
    for (const server of [hub.hub, hub.cdn]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    return hub;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.hub.address() as AddressInfo).port;
  }

  get cdnOrigin(): string {
    return `http://127.0.0.1:${(this.cdn.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const server of [this.hub, this.cdn]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** Gives a model a new state, and refs to it. @returns the commit. */
  push(id: string, files: Files, refs: readonly string[] = ['main']): string {
    const state = new Map(
      Object.entries(files).map(([name, content]) => [
        name,
        typeof content === 'string' ? Buffer.from(content) : content,
      ]),
    );
    const names = [...state].map(([name, content]) => `${name} ${gitHash(content)}`).join('\n');
    const commit = createHash('sha1').update(`${id}\n${names}`).digest('hex');
    const repository = this.repositories.get(id) ?? {
      states: new Map(),
      refs: new Map(),
      isPrivate: false,
      isGated: false,
    };
    repository.states.set(commit, state);
    for (const ref of refs) repository.refs.set(ref, commit);
    this.repositories.set(id, repository);
    return commit;
  }

  /** Who may see a model. */
  restrict(id: string, { isPrivate = false, isGated = false }): void {
    Object.assign(this.repositories.get(id) as Repository, { isPrivate, isGated });
  }

  /** Requests for a file's content, of either server. */
  contentRequests(name: string): SeenRequest[] {
    return this.requests.filter(({ path }) => /^\/(cdn|cache)\//.test(path) && path.endsWith(`/${name}`));
  }

  /** Resolves as soon as a condition on the requests and the sent bytes is met. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const watcher = (): void => {
        if (condition()) {
          this.watchers.delete(watcher);
          resolve();
        }
      };
      this.watchers.add(watcher);
      watcher();
    });
  }

  private changed(): void {
    for (const watcher of [...this.watchers]) watcher();
  }

  private async answer(
    host: SeenRequest['host'],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { method = '', url = '', headers } = request;
    const { range, authorization } = headers;
    this.requests.push({ host, method, path: url, range, authorization });
    this.changed();
    const delayMs = this.delayMs(url);
    if (delayMs > 0) await setTimeout(delayMs);
    const [, override] =
      [...this.overrides].find(([part, { times = 1 }]) => url.includes(part) && times > 0) ?? [];
    if (override !== undefined) {
      if (override.times !== undefined) override.times -= 1;
      response.writeHead(override.status, override.headers).end(override.body);
      return;
    }
    if (this.redirect !== undefined) {
      response.writeHead(308, { Location: `${this.redirect}${url}` }).end();
      return;
    }
    const { pathname, searchParams } = new URL(url, 'http://hub');
    const [kind, owner, name, ...rest] = pathname.split('/').slice(1).map(decodeURIComponent);
    if (kind === 'api') {
      const [id, what, revision] = [`${name}/${rest[0]}`, rest[1], rest.slice(2).join('/')];
      this.answerApi({ id, what, revision, searchParams }, request, response);
    } else if (kind === 'cdn' || kind === 'cache') {
      this.sendContent(`${owner}/${name}`, rest[0] as string, rest.slice(1).join('/'), request, response);
    } else if (kind === 'xet') {
      const states = [...this.repositories.values()].flatMap((repository) => [...repository.states.values()]);
      const contents = states.flatMap((state) => [...state.values()]);
      response.end(contents.find((content) => xetHash(content) === owner));
    } else if (name === 'resolve') {
      const [revision = '', ...file] = rest;
      this.resolve(`${kind}/${owner}`, revision, file.join('/'), request, response);
    } else {
      response.writeHead(404).end();
    }
  }

  private answerApi(
    asked: { id: string; what: string | undefined; revision: string; searchParams: URLSearchParams },
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const { id, what, revision, searchParams } = asked;
    if ((!this.knowsExpand && searchParams.has('expand')) || (!this.hasTree && what === 'tree')) {
      response.writeHead(404).end();
      return;
    }
    const repository = this.authorized(id, request, response);
    if (repository === undefined) return;
    const commit = repository.refs.get(revision) ?? revision;
    const state = repository.states.get(commit);
    if (state === undefined) {
      refuse(response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
      return;
    }
    if (what === 'revision') {
      sendJson(response, {
        ...{ _id: '0', id, modelId: id, sha: commit, private: repository.isPrivate, downloads: 0, likes: 0 },
        ...{
          gated: repository.isGated ? 'manual' : false,
          lastModified: '2024-01-01T00:00:00.000Z',
          tags: [],
        },
        siblings: [...state.keys()].map((rfilename) => ({ rfilename })),
      });
      return;
    }
    const from = Number(searchParams.get('cursor') ?? 0);
    const entries = [...state].map(([path, content]) => ({
      ...{ type: 'file', path, size: content.length },
      ...(this.hides !== 'lfs and oid' && {
        oid: isLarge(path) ? gitHash(Buffer.from(`pointer to ${path}`)) : gitHash(content),
      }),
      ...(isLarge(path) && this.lfsOf(content)),
      ...(isLarge(path) && this.hasXet && { xetHash: xetHash(content) }),
    }));
    const next = `${this.baseOf(request)}/api/models/${id}/tree/${commit}?recursive=true&cursor=${from + PAGE}`;
    const more = from + PAGE < entries.length;
    sendJson(response, entries.slice(from, from + PAGE), more ? { Link: `<${next}>; rel="next"` } : {});
  }

  private lfsOf(content: Buffer): object {
    const lfs = { size: content.length, pointerSize: 134 };
    if (this.hides === undefined) return { lfs: { oid: sha256(content), ...lfs } };
    return this.hides === 'lfs.oid' ? { lfs } : {};
  }

  /** The repository as the requester sees it. */
  private baseOf({ headers, socket }: IncomingMessage): string {
    return `${'encrypted' in socket ? 'https' : 'http'}://${headers.host}`;
  }

  private resolve(
    id: string,
    revision: string,
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const repository = this.authorized(id, request, response);
    if (repository === undefined) return;
    if (repository.isGated && tokenOf(request) !== TOKENS.friend) {
      const known = tokenOf(request) !== undefined;
      refuse(response, known ? 403 : 401, 'GatedRepo', `Access to model ${id} is restricted.`);
      return;
    }
    const commit = repository.refs.get(revision) ?? revision;
    const content = repository.states.get(commit)?.get(name);
    response.setHeader('X-Repo-Commit', commit);
    if (content === undefined) {
      refuse(response, 404, 'EntryNotFound', 'Entry not found');
      return;
    }
    const place = `${id}/${commit}/${name}`;
    if (isLarge(name)) {
      response.setHeader('X-Linked-Etag', `"${sha256(content)}"`);
      response.setHeader('X-Linked-Size', content.length);
      if (this.hasXet) {
        response.setHeader('X-Xet-Hash', xetHash(content));
        response.setHeader(
          'Link',
          `<${this.endpoint}/api/models/${id}/xet-read-token/${commit}>; rel="xet-auth"`,
        );
      }
      response.writeHead(302, { Location: `${this.cdnOrigin}/cdn/${place}` }).end();
    } else {
      response.setHeader('ETag', `"${gitHash(content)}"`);
      response.writeHead(307, { Location: `/cache/${place}` }).end(); // relative, on the hub itself
    }
  }

  private async sendContent(
    id: string,
    commit: string,
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const original = this.repositories.get(id)?.states.get(commit)?.get(name) as Buffer;
    const isHead = request.method === 'HEAD';
    const attempt = (this.attempts.get(name) ?? 0) + (isHead ? 0 : 1);
    this.attempts.set(name, attempt);
    const {
      cutAfter,
      hold,
      corrupt,
      ignoreRange,
      shiftRange = 0,
      status,
      headers,
      slow,
    } = (isHead ? {} : this.fault(name, attempt)) ?? {};
    if (status !== undefined) {
      response.writeHead(status, headers).end();
      return;
    }
    const content = corrupt ? Buffer.from(original) : original; // a gigabyte is not copied
    if (corrupt) content[content.length >> 1] = (content[content.length >> 1] as number) ^ 1;
    const [, from] = (!ignoreRange && /^bytes=(\d+)-/.exec(request.headers.range ?? '')) || [];
    const start = from === undefined ? 0 : Number(from) + shiftRange;
    const body = content.subarray(start);
    response.setHeader('X-Repo-Commit', commit);
    response.setHeader('ETag', `"${isLarge(name) ? sha256(original) : gitHash(original)}"`);
    response.setHeader('Content-Length', body.length);
    if (from !== undefined) {
      response.setHeader('Content-Range', `bytes ${start}-${content.length - 1}/${content.length}`);
    }
    response.writeHead(from === undefined ? 200 : 206);
    if (isHead) {
      response.end();
      return;
    }
    const stop = cutAfter ?? hold?.after ?? body.length;
    const { part, pauseMs } = slow ?? { part: stop, pauseMs: 0 };
    for (let sent = 0; sent < stop; sent += part) {
      if (sent > 0) await setTimeout(pauseMs);
      await this.write(response, body.subarray(sent, Math.min(stop, sent + part)));
    }
    if (cutAfter !== undefined) {
      response.destroy();
      return;
    }
    await hold?.until;
    await this.write(response, body.subarray(stop));
    response.end();
  }

  private async write(response: ServerResponse, bytes: Buffer): Promise<void> {
    for (let start = 0; start < bytes.length && !response.destroyed; start += SLICE) {
      const slice = bytes.subarray(start, start + SLICE);
      await new Promise((resolve) => response.write(slice, resolve));
      this.sentBytes += slice.length;
      this.changed();
    }
  }

  /** The repository, where the request may see it; else the answer is given. */
  private authorized(id: string, request: IncomingMessage, response: ServerResponse): Repository | undefined {
    const token = tokenOf(request);
    if (token !== undefined && !Object.values<string>(TOKENS).includes(token)) {
      refuse(response, 401, undefined, 'Invalid credentials in Authorization header');
      return undefined;
    }
    const repository = this.repositories.get(id);
    if (repository !== undefined && (!repository.isPrivate || token === TOKENS.friend)) return repository;
    // Like the hub: an anonymous requester does not learn whether it is private or missing.
    refuse(response, token === undefined ? 401 : 404, 'RepoNotFound', 'Repository not found');
    return undefined;
  }
}

/** Large files are kept apart from git, under their sha256. */
function isLarge(name: string): boolean {
  return /\.(safetensors|bin|model)$/.test(name);
}

export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** In place of the storage's own hash, which is one of a tree of chunks. */
function xetHash(content: Buffer): string {
  return sha256(`xet ${sha256(content)}`);
}

/** git's hash of a file. */
export function gitHash(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function tokenOf({ headers }: IncomingMessage): string | undefined {
  return headers.authorization?.replace(/^Bearer /, '');
}

function sendJson(response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code: string | undefined, message: string): void {
  response.writeHead(status, {
    ...(code !== undefined && { 'X-Error-Code': code }),
    'X-Error-Message': message,
    'Content-Type': 'application/json',
  });
  response.end(JSON.stringify({ error: message }));
}
