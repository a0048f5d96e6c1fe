import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { getPath } from 'hono/utils/url';
import { COHERE_V1 } from './dialects/cohere-v1.js';
import { dialectOfPath, failInDialect, ROUTED_DIALECTS } from './dialects/routed.js';
import type { AppDeps, AppEnv } from './http/context.js';
import { drainRefused } from './http/drain.js';
import { HttpError } from './http/http-error.js';
import { observeRequests } from './http/observe.js';
import { describeApi } from './http/openapi.js';
import { assertOwnOrigin } from './http/origin.js';
import { addHealthRoutes, OPEN_PATHS } from './routes/health-routes.js';
import { addInspectRoute } from './routes/inspect-route.js';
import { addModelRoutes } from './routes/model-routes.js';
import { addPageRoutes, PAGE_PATHS } from './routes/page-routes.js';
import { addRerankRoute } from './routes/rerank-route.js';
import { addTokenizeRoute } from './routes/tokenize-route.js';

/** A client's own request id is kept if it is harmless in a log. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** A path as its route is written. Base addresses that end in a slash lead to `//v1/rerank` and `/v1/rerank/`. */
function tidyPath(path: string): string {
  return path.replaceAll(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
}

/**
 * The application. It answers requests, but does not listen on a port.
 *
 * @param version of the package, for the routes that report it.
 */
export function createApp(deps: AppDeps, version: string): Hono<AppEnv> {
  const { keys, quotas, settings, metrics } = deps;
  const app = new Hono<AppEnv>({ getPath: (request) => tidyPath(getPath(request)) });
  app.use(drainRefused());
  app.use(async (c, next) => {
    const given = c.req.header('x-request-id') ?? '';
    c.set('requestId', REQUEST_ID.test(given) ? given : randomUUID());
    c.set('facts', {});
    await next();
    c.header('X-Request-Id', c.get('requestId'));
  });
  app.use(observeRequests(deps));
  if (settings.corsOrigins.length > 0) {
    app.use(
      cors({
        origin: settings.corsOrigins.includes('*') ? '*' : [...settings.corsOrigins],
        allowHeaders: ['Authorization', 'Content-Type', 'X-Request-Id'],
        exposeHeaders: ['X-Request-Id', 'Server-Timing', 'Retry-After'],
      }),
    );
  }
  app.use(async (c, next) => {
    if (!OPEN_PATHS.includes(c.req.path) && !PAGE_PATHS.includes(c.req.path)) {
      if (keys.isEmpty) {
        assertOwnOrigin({ host: c.req.header('host'), origin: c.req.header('origin') }, settings);
      } else {
        const key = keys.authenticate(c.req.header('authorization'));
        c.set('key', key);
        quotas.countRequest(key);
      }
    }
    await next();
  });

  for (const routed of ROUTED_DIALECTS) {
    addRerankRoute(app, deps, routed);
  }
  addHealthRoutes(app, deps);
  addModelRoutes(app, deps, version);
  addTokenizeRoute(app, deps);
  addInspectRoute(app, deps);
  addPageRoutes(app);
  const api = describeApi(version, {
    strict: settings.strict,
    explain: settings.explain,
    keys: !keys.isEmpty,
    calibrated: deps.models.all.some(({ remote }) => remote.info.calibration !== undefined),
  });
  app.get('/openapi.json', (c) => c.json(api));
  app.get('/metrics', async (c) => {
    const { text, contentType } = await metrics.expose();
    return c.body(text, 200, { 'Content-Type': contentType });
  });

  app.notFound((c) => {
    const { method, path } = c.req;
    const allowed = app.routes
      .filter((route) => route.path === path && route.method !== 'ALL')
      .map((route) => route.method);
    const error =
      allowed.length > 0
        ? new HttpError(405, 'method_not_allowed', `${path} takes ${allowed.join(', ')}, not ${method}.`, {
            Allow: allowed.join(', '),
          })
        : new HttpError(404, 'not_found', 'There is nothing at this path.');
    return failInDialect(c, allowed.length > 0 ? dialectOfPath(path) : COHERE_V1, error);
  });
  app.onError((error, c) => failInDialect(c, dialectOfPath(c.req.path), error));
  return app;
}
