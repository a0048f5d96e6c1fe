import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { InputError } from '../../errors/errors.js';
import { errorOf } from '../dialects/parts.js';
import type { Lifecycle } from '../lifecycle.js';
import type { AppEnv } from './context.js';
import { drain } from './drain.js';
import { HttpError } from './http-error.js';
import { listenOnSocket } from './unix-socket.js';

/** A server that listens. */
export interface Listening {
  /** 0 on a Unix socket. */
  readonly port: number;
  /** Settled when no connection was open for `idleMs`. */
  readonly idle: Promise<void>;
  /**
   * Readiness fails. After a delay, in which load balancers turn elsewhere, no new requests are accepted. Then it waits
   * until everything accepted is answered, and ends.
   *
   * @param deadlineMs the time for all this.
   * @returns whether everything was answered.
   */
  close(deadlineMs: number, delayMs?: number): Promise<boolean>;
}

/** Where and how a server listens. */
export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  /** A Unix socket in place of port and host. */
  readonly socket: string | undefined;
  /** Without an open connection for this long, `Listening.idle` is settled. */
  readonly idleMs: number | undefined;
  readonly lifecycle: Lifecycle;
  /** For a request's head. A client that sends it byte by byte holds a connection. */
  readonly headTimeoutMs: number;
  /** Most open connections; further ones are closed at once. */
  readonly maxConnections: number;
}

/** Longer than the usual minute of proxies: the proxy closes first, and no request meets a closing connection. */
const KEEP_ALIVE_MS = 65_000;
/** How often Node looks for heads that are late; the timeout can be exceeded by this time. */
const LOOK_MS = 5_000;
/** Used as the host of a request that names none, as HTTP/1.0 allows; the application looks at the header itself. */
const NO_HOST = 'no-host.invalid';
/** Time to refuse the remaining requests with a message after the deadline. */
const LAST_WORDS_MS = 500;

/** @throws InputError if port or socket is in use, or the address does not belong to this machine. */
export async function listen(
  app: Hono<AppEnv>,
  { port, host, socket, idleMs, lifecycle, headTimeoutMs, maxConnections }: ListenOptions,
): Promise<Listening> {
  const answer = getRequestListener(app.fetch, {
    overrideGlobalObjects: true, // the adapter's Response needs no web stream for a text
    autoCleanupIncoming: false, // drainRefused does this
    hostname: NO_HOST,
    errorHandler: refuseUnreadable,
  });
  const server = createServer(
    {
      headersTimeout: headTimeoutMs,
      requestTimeout: 0, // bodies have their own timeout
      connectionsCheckingInterval: Math.min(LOOK_MS, headTimeoutMs),
    },
    (incoming, outgoing) => {
      outgoing.once('finish', () => incoming.complete || void drain(incoming));
      void answer(incoming, outgoing);
    },
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = maxConnections;
  const idle = watchConnections(server, idleMs);
  await (socket === undefined ? listenOnPort(server, port, host) : listenOnSocket(server, socket));
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    idle,
    close: async (deadlineMs, delayMs = 0) => {
      lifecycle.drain();
      if (delayMs > 0) {
        await after(delayMs);
      }
      const closed = new Promise<true>((resolve) => server.close(() => resolve(true)));
      server.closeIdleConnections();
      if (await Promise.race([closed, after(deadlineMs)])) {
        return true;
      }
      lifecycle.cutOff();
      await Promise.race([closed, after(LAST_WORDS_MS)]);
      server.closeAllConnections();
      await closed;
      return false;
    },
  };
}

function listenOnPort(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'EADDRINUSE' ? 'is in use; give another --port' : `cannot be used: ${cause.message}`;
      reject(new InputError(`${host}:${port} ${why}.`, { cause }));
    });
    server.listen(port, host, resolve);
  });
}

/** @returns a promise that is settled when, after it began to listen, no connection was open for `idleMs`. */
function watchConnections(server: Server, idleMs: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (idleMs === undefined) return;
    let open = 0;
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      timer = setTimeout(resolve, idleMs);
    };
    server.once('listening', wait);
    server.once('close', () => clearTimeout(timer));
    server.on('connection', (connection) => {
      clearTimeout(timer);
      open += 1;
      connection.once('close', () => {
        open -= 1;
        if (open === 0 && server.listening) wait();
      });
    });
  });
}

/** Answers requests that the application cannot take because their address is invalid. */
function refuseUnreadable(cause: unknown): Response {
  const message = 'The path or the header Host is not valid.';
  const error = new HttpError(400, 'invalid_request', message, {}, { cause });
  return Response.json(errorOf(error, randomUUID()), { status: 400 });
}

function after(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}
