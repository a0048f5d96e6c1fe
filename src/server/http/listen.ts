import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { InputError } from '../../errors/errors.js';
import { errorOf } from '../dialects/parts.js';
import type { Lifecycle } from '../lifecycle.js';
import type { AppEnv } from './context.js';
import { drain } from './drain.js';
import { HttpError } from './http-error.js';

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /**
   * Readiness says no, and after a delay, in which whoever watches it turns elsewhere, nothing more is taken; then it
   * waits until everything accepted is answered, and ends.
   *
   * @param deadlineMs how long that may take.
   * @returns whether everything was answered.
   */
  close(deadlineMs: number, delayMs?: number): Promise<boolean>;
}

/** Where and how it listens. */
export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly lifecycle: Lifecycle;
  /** For a request's head: whoever sends it byte by byte holds a connection, and nothing else is known of them. */
  readonly headTimeoutMs: number;
  /** Connections at a time; more are closed at once. */
  readonly maxConnections: number;
}

/** Longer than the usual proxy's minute: it is the one to close, and no request meets a connection that just closed. */
const KEEP_ALIVE_MS = 65_000;
/** How often Node looks for heads that do not come; one may take that much longer. */
const LOOK_MS = 5_000;
/** Stands in the address of a request that names no host, as HTTP/1.0 allows; the application looks at the header. */
const NO_HOST = 'no-host.invalid';
/** How long the rest has to be refused in words when the deadline is over. */
const LAST_WORDS_MS = 500;

/** @throws InputError where the port is taken or the address is none of this machine's. */
export async function listen(
  app: Hono<AppEnv>,
  { port, host, lifecycle, headTimeoutMs, maxConnections }: ListenOptions,
): Promise<Listening> {
  const answer = getRequestListener(app.fetch, {
    overrideGlobalObjects: true, // this process's Response is the adapter's, which needs no web stream for a text
    autoCleanupIncoming: false, // drainRefused does it
    hostname: NO_HOST,
    errorHandler: refuseUnreadable,
  });
  const server = createServer(
    {
      headersTimeout: headTimeoutMs,
      requestTimeout: 0, // bodies have a timeout of their own
      connectionsCheckingInterval: Math.min(LOOK_MS, headTimeoutMs),
    },
    (incoming, outgoing) => {
      outgoing.once('finish', () => incoming.complete || void drain(incoming));
      void answer(incoming, outgoing);
    },
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'EADDRINUSE' ? 'is in use; give another --port' : `cannot be used: ${cause.message}`;
      reject(new InputError(`${host}:${port} ${why}.`, { cause }));
    });
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
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

/** Answers what the application cannot be given: its address is none. */
function refuseUnreadable(cause: unknown): Response {
  const message = 'The path or the header Host is not valid.';
  const error = new HttpError(400, 'invalid_request', message, {}, { cause });
  return Response.json(errorOf(error, randomUUID()), { status: 400 });
}

function after(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}
