import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './context.js';

/** Of the rest of a refused body: how much is read, and for how long. */
const MAX_BYTES = 32 * 2 ** 20;
const MAX_MS = 10_000;

/**
 * Lets a client read the refusal of a body that it is still sending. Most read nothing before all is sent, and a
 * connection that closes before that takes the answer with it. So the answer goes out at once, and ends when the rest of
 * the body was read and thrown away; where that is too much, or comes too slowly, the connection closes.
 */
export function drainRefused(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next();
    const { incoming } = c.env;
    if (incoming.complete || !hasBody(incoming)) {
      return;
    }
    const answer = new Uint8Array(await c.res.arrayBuffer());
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(answer),
      pull: async (controller) => {
        await drain(incoming);
        controller.close();
      },
    });
    c.res = new Response(body, { status: c.res.status, headers: c.res.headers });
    c.header('Content-Length', String(answer.length)); // the client knows that it is whole before it ends
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Throws the rest of a body away. Resolves when it is over, or the connection, which ends where the rest is too much. */
export function drain(incoming: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const count = (part: Buffer): void => {
      bytes += part.length;
      if (bytes > MAX_BYTES) {
        end();
      }
    };
    const end = (): void => {
      clearTimeout(timer);
      forget();
      incoming.off('data', count);
      if (!incoming.complete) {
        incoming.socket.destroySoon();
      }
      resolve();
    };
    const timer = setTimeout(end, MAX_MS);
    const forget = finished(incoming, { writable: false }, end);
    incoming.on('data', count).resume();
  });
}
