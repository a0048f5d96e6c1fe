import type { Hono } from 'hono';
import type { AppDeps, AppEnv } from '../http/context.js';

/** The paths that need no key: is the process alive, and can it take work? */
export const OPEN_PATHS: readonly string[] = ['/health', '/health/live', '/health/ready'];

/** `/health/live`: the process answers. `/health/ready` and `/health`: every model is up and the server does not end. */
export function addHealthRoutes(app: Hono<AppEnv>, { models, lifecycle }: AppDeps): void {
  app.get('/health/live', (c) => c.json({ status: 'live' }));
  for (const path of ['/health', '/health/ready']) {
    app.get(path, (c) => {
      const status = lifecycle.isDraining ? 'draining' : models.areReady ? 'ready' : 'starting';
      return c.json({ status }, status === 'ready' ? 200 : 503);
    });
  }
}
