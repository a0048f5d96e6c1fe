import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './context.js';

/** Limits for reading the rest of a refused body: bytes, and time. */
const MAX_BYTES = 32 * 2 ** 20;
const MAX_MS = 10_000;

/**
 * Lets a client read the refusal of a body that it is still sending. Most clients read nothing before they have sent
 * everything, and lose the answer if the connection closes earlier. So the answer is sent at once, but ends only after
 * the rest of the body was read and discarded. If the rest is too large or too slow, the connection closes.
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
    c.header('Content-Length', String(answer.length)); // so the client knows that the answer is complete before it ends
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Discards the rest of a body. Resolves when it has ended, or when the connection has ended because it is too much. */
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
