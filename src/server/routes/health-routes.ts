import type { Hono } from 'hono';
import type { AppDeps, AppEnv } from '../http/context.js';

/** The paths that need no key: whether the process is alive, and whether it accepts work. */
export const OPEN_PATHS: readonly string[] = ['/health', '/health/live', '/health/ready'];

/** `/health/live`: the process answers. `/health/ready`, `/health`: every model is up and the server is not ending. */
export function addHealthRoutes(app: Hono<AppEnv>, { models, lifecycle }: AppDeps): void {
  app.get('/health/live', (c) => c.json({ status: 'live' }));
  for (const path of ['/health', '/health/ready']) {
    app.get(path, (c) => {
      const status = lifecycle.isDraining ? 'draining' : models.areReady ? 'ready' : 'starting';
      return c.json({ status }, status === 'ready' ? 200 : 503);
    });
  }
}
