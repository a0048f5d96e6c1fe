import type { Hono } from 'hono';
import type { PageDocument } from '../../inspection/report/page-shell.js';
import type { AppEnv } from '../http/context.js';
import { docsPage } from '../pages/docs-page.js';
import { playgroundPage } from '../pages/playground-page.js';

/** The pages. They need no key, because they contain no data: they load it from the server with the reader's key. */
const PAGES: Readonly<Record<string, () => PageDocument>> = { '/': playgroundPage, '/docs': docsPage };

/** Their paths. */
export const PAGE_PATHS: readonly string[] = Object.keys(PAGES);

/** `/`: the playground. `/docs`: the API's description for people. */
export function addPageRoutes(app: Hono<AppEnv>): void {
  for (const [path, create] of Object.entries(PAGES)) {
    const { html, policy } = create();
    app.get(path, (c) =>
      c.html(html, 200, {
        'Content-Security-Policy': `${policy}; frame-ancestors 'none'`,
        'Referrer-Policy': 'no-referrer',
        'X-Content-Type-Options': 'nosniff',
        'Cache-Control': 'no-cache',
      }),
    );
  }
}
