import { HttpError } from './http-error.js';

/** Aborts a request's work: the client has left, the time is over, or the server is shutting down. */
export interface RequestSignal {
  readonly signal: AbortSignal;
  /** Removes the timer and the listeners. */
  release(): void;
}

/**
 * @param client aborted when the connection closes
 * @param server aborted when the server stops waiting for requests
 */
export function createRequestSignal(
  client: AbortSignal,
  server: AbortSignal,
  timeoutMs: number,
): RequestSignal {
  const controller = new AbortController();
  const left = (): void =>
    controller.abort(new HttpError(499, 'client_closed', 'The client left before its answer.'));
  const ended = (): void =>
    controller.abort(
      new HttpError(503, 'unavailable', 'The server shut down before this request was answered.'),
    );
  const timer = setTimeout(() => {
    controller.abort(
      new HttpError(
        504,
        'timeout',
        `The request was not answered within ${timeoutMs / 1000} s; send fewer or shorter documents.`,
      ),
    );
  }, timeoutMs);
  for (const [signal, abort] of [
    [client, left],
    [server, ended],
  ] as const) {
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) {
      abort();
    }
  }
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      client.removeEventListener('abort', left);
      server.removeEventListener('abort', ended);
    },
  };
}
