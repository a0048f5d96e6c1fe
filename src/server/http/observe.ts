import type { MiddlewareHandler } from 'hono';
import type { AppDeps, AppEnv } from './context.js';
import { HttpError } from './http-error.js';

/** Writes a log line and counts metrics for every answer. */
export function observeRequests({ log, metrics, lifecycle }: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    if (lifecycle.isDraining) {
      c.header('Connection', 'close');
    }
    const { method } = c.req;
    const { status } = c.res;
    const route = routeOf(c.req.matchedRoutes);
    const told = c.get('facts');
    const tell = (): void => {
      const { error, streamed, ...facts } = told;
      const ms = performance.now() - startedAt;
      metrics.countRequest({ route, status, seconds: ms / 1000, model: facts.model });
      const line = {
        request: c.get('requestId'),
        key: c.get('key')?.name,
        method,
        route,
        status,
        ms: round(ms),
        ...Object.fromEntries(
          Object.entries(facts).map(([name, value]) => [
            name,
            typeof value === 'number' ? round(value) : value,
          ]),
        ),
        ...describe(error),
      };
      if (status >= 500 || isOurFault(error)) {
        log.error(line, 'failed');
      } else if (route.startsWith('/health') || route === '/metrics') {
        log.debug(line, 'answered');
      } else {
        log.info(line, 'answered');
      }
    };
    if (told.streamed === undefined) {
      tell();
    } else {
      void told.streamed.then(tell);
    }
  };
}

/** The route's pattern, or one word for all unknown paths, so that many unknown paths take no memory. */
function routeOf(matched: readonly { readonly path: string; readonly method: string }[]): string {
  return matched.find(({ path, method }) => method !== 'ALL' && !path.includes('*'))?.path ?? 'other';
}

/** Decided by the error, because a dialect or a started stream may have another status. */
function isOurFault(error: unknown): boolean {
  return error instanceof HttpError && error.status >= 500;
}

/** For a client's mistake only its kind, because the message may quote the request; for our fault everything. */
function describe(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof HttpError)) {
    return error === undefined ? {} : { error: String(error) };
  }
  return error.status < 500 ? { error: error.type } : { error: error.type, err: error.cause ?? error };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
