import { HttpError } from './http-error.js';

/** Ends a request's work: its client left, its time is over, or the server ends. */
export interface RequestSignal {
  readonly signal: AbortSignal;
  /** Lets go of timer and listeners. */
  release(): void;
}

/**
 * @param client aborted when the connection closes
 * @param server aborted when the server can wait no longer
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
    controller.abort(new HttpError(503, 'unavailable', 'The server ends and did not finish this request.'));
  const timer = setTimeout(() => {
    controller.abort(
      new HttpError(
        504,
        'timeout',
        `The request was not answered within ${timeoutMs / 1000} s; ask for less at a time.`,
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
