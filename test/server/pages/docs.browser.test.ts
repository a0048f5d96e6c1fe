import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium, openPage, overflowOf, startBrowser } from '../../support/open-page.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

describeInChromium('the page of the API in Chromium', () => {
  const KEY = 'secret-one';
  let open: TestServer;
  let closed: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [open, closed, browser] = await Promise.all([
      startTestServer(),
      startTestServer({ keys: [KEY] }),
      startBrowser(),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([open?.close(), closed?.close()]);
  });

  test('shows every route, its fields, an example and its answers', async () => {
    const { page, problems, close } = await openPage(browser, `${open.url}/docs#voyage_v1_rerank`);
    await page.getByRole('heading', { level: 3 }).first().waitFor();
    expect(
      await page.evaluate(
        'Math.abs(document.getElementById("voyage_v1_rerank").getBoundingClientRect().top) < 200',
      ),
    ).toBe(true);
    const { json } = await open.get('/openapi.json');
    const headings = await page.getByRole('heading', { level: 3 }).allTextContents();
    expect(headings).toHaveLength(Object.keys(json.paths).length);
    for (const path of Object.keys(json.paths)) {
      expect(headings.some((heading) => heading.includes(` ${path}`))).toBe(true);
    }
    const route = page.getByRole('region', { name: 'POST /v1/rerank' });
    expect(await route.getByRole('region', { name: /^Example/ }).textContent()).toContain('"query"');
    await route.getByText('Fields', { exact: true }).first().click();
    const field = (name: string) =>
      route.locator('.fields > div').filter({ has: page.locator(`text="${name}"`) });
    expect(await field('min_score').textContent()).toContain('Leave out results with a lower score');
    expect(await field('query').textContent()).toMatch(/query string required/);
    for (const status of ['200', '401', '429', '504']) {
      expect(await route.locator('dt', { hasText: status }).count()).toBe(1);
    }
    expect(problems).toEqual([]);
    await close();
  });

  test('asks for the key that everything asks for', async () => {
    const { page, problems, close } = await openPage(browser, `${closed.url}/docs`, {
      allowed: /status of 401/,
    });
    await page.getByText('There is no API key').first().waitFor();
    expect(await page.content()).not.toContain('voyage');
    await page.keyboard.type(KEY);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 3 }).first().waitFor();
    const [rerank, health] = ['POST /v1/rerank', 'GET /health'].map((name) =>
      page
        .getByRole('region', { name: new RegExp(`^${name}( API key)?$`) })
        .getByRole('heading', { level: 3 }),
    );
    expect(await rerank?.textContent()).toContain('API key');
    expect(await health?.textContent()).not.toContain('API key');
    expect(problems).toEqual([]);
    await close();
  });

  test('a phone of 360 pixels shows it without scrolling sideways', async () => {
    const { page, close } = await openPage(browser, `${open.url}/docs`, {
      viewport: { width: 360, height: 740 },
    });
    await page.getByRole('heading', { level: 3 }).first().waitFor();
    for (const summary of await page.locator('summary').all()) {
      await summary.click();
    }
    expect(await overflowOf(page)).toBe(0);
    await close();
  });
});
