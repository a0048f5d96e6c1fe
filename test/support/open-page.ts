import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { describe, test } from 'vitest';
import { CHROMIUM, CHROMIUM_IS_MISSING } from './chromium.js';

/** A page under test, and the errors that it must not have. */
export interface OpenedPage {
  readonly page: Page;
  /** Errors in the console (what the policy blocks is one), errors of scripts, requests that left the origin. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/** Tests in a browser; skipped with the reason where there is none. */
export function describeInChromium(name: string, body: () => void): void {
  if (CHROMIUM === undefined) {
    test(name, (context) => context.skip(CHROMIUM_IS_MISSING));
  } else {
    describe(name, body);
  }
}

/** Starts Debian's Chromium. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM as string,
    // CI runs as root, where Chromium's sandbox does not start.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
}

/**
 * Opens a page in a new context that can only reach this machine.
 *
 * @param allowed errors that the console may show, such as the browser's own line for an answer that is no 200.
 */
export async function openPage(
  browser: Browser,
  url: string,
  { allowed, ...options }: BrowserContextOptions & { readonly allowed?: RegExp } = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const problems: string[] = [];
  const { origin } = new URL(url);
  await context.route(
    (to) => !['data:', 'blob:'].includes(to.protocol) && to.origin !== origin,
    (route) => {
      problems.push(`left the origin: ${route.request().url()}`);
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && allowed?.test(message.text()) !== true) {
      problems.push(`console: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`));
  await page.goto(url);
  return { page, problems, close: () => context.close() };
}

/** How much wider than its window a page is, CSS pixels. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
