import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Inspection } from '../../../dist/inspection/inspection.js';
import { datasetPage } from '../../../dist/inspection/report/dataset-report.js';
import { reportPage } from '../../../dist/inspection/report/report-page.js';
import { CHROMIUM, CHROMIUM_IS_MISSING } from '../../support/chromium.js';
import { openPage, overflowOf, startBrowser } from '../../support/open-page.js';
import { sampleDataset } from '../../support/sample-dataset.js';
import { sampleInspection } from '../../support/sample-inspection.js';

const HOSTILE = '</script><script>document.title="owned"</script> "quoted" \u0000\u202e السلام 👩‍👩‍👧';

describe.runIf(CHROMIUM)('the report in Chromium, opened as a file', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tfjs-reranker-'));
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  let pages = 0;
  function write(html: string): string {
    pages += 1;
    const file = path.join(folder, `page-${pages}.html`);
    writeFileSync(file, html);
    return pathToFileURL(file).href;
  }
  const report = (...inspections: readonly Inspection[]): string =>
    write(
      reportPage({
        inspections,
        order: [...inspections.keys()],
        counterfactuals: inspections.map(() => null),
      }).html,
    );

  test('shows score, words, sentences and charts without a request or an error', async () => {
    const inspection = sampleInspection({
      effects: { white: 2, 'starve.': 1 },
      document: 'They starve. They turn white',
    });
    const { page, problems, close } = await openPage(browser, report(inspection));
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('why do corals turn pale');
    const verdict = page.getByRole('region', { name: 'Verdict' });
    expect(await verdict.textContent()).toContain('“white” and “starve.” carry most of what speaks for it');
    const word = page.locator('.method:not([hidden]) .up8', { hasText: 'white' });
    expect(await word.getAttribute('title')).toBe('white  +2.00');
    expect(await page.locator('.method:not([hidden]) .sentences li').count()).toBe(2);
    expect(problems).toEqual([]);
    await close();
  });

  test('switches between methods by keyboard', async () => {
    const { page, close } = await openPage(browser, report(sampleInspection()));
    await page.getByRole('radio', { name: 'Occlusion' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.method:not([hidden])').getAttribute('data-method')).toBe(
      'integrated_gradients',
    );
    expect(await page.locator('.method:not([hidden])').textContent()).toContain('Residual: +0.004');
    await close();
  });

  test('a sentence of the list marks its place in the text', async () => {
    const { page, close } = await openPage(
      browser,
      report(sampleInspection({ document: 'One is. Two are.' })),
    );
    const item = page.locator('.method:not([hidden]) .sentences li', { hasText: 'Two are.' });
    await item.focus();
    expect(await page.locator('.method:not([hidden]) .coloured .marked').textContent()).toBe('Two are.');
    await close();
  });

  test('explores attention: all heads, one enlarged, by pointer and by keyboard', async () => {
    const { page, problems, close } = await openPage(
      browser,
      report(sampleInspection({ layers: 3, heads: 4 })),
    );
    await page.locator('[data-view="attention"][data-ready]').waitFor();
    const cells = page.getByRole('gridcell');
    expect(await cells.count()).toBe(12);
    await cells.nth(0).click();
    expect(await page.locator('.head-title').textContent()).toBe('Layer 1, head 1');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.head-title').textContent()).toBe('Layer 2, head 2');

    await page.getByRole('radio', { name: 'Whole pair' }).check();
    await page.getByRole('option', { name: 'corals', exact: true }).click();
    // Head 2 looks at the next token.
    const shares = await page
      .getByRole('option')
      .evaluateAll((options) => options.map((option) => Number(option.getAttribute('title'))));
    expect(shares.indexOf(Math.max(...shares))).toBe(4); // <s> why do corals turn
    expect(await page.getByRole('option', { selected: true }).textContent()).toBe('corals');

    await page.locator('.head-map').focus();
    const before = await page.locator('.head-readout').textContent();
    await page.keyboard.press('ArrowDown');
    const after = await page.locator('.head-readout').textContent();
    expect(after).not.toBe(before);
    expect(after).toContain('“turn” gives');
    expect(problems).toEqual([]);
    await close();
  });

  test('goes through several documents by keyboard, each with its own comparison', async () => {
    const url = report(sampleInspection({ document: 'first one' }), {
      ...sampleInspection({ document: 'second one' }),
      logit: 1,
      score: 0.73,
    });
    const { page, problems, close } = await openPage(browser, url);
    const tabs = page.getByRole('tab');
    expect(await tabs.allTextContents()).toHaveLength(2);
    expect(await page.getByText('Why the first is ahead').isVisible()).toBe(false);
    await tabs.first().focus();
    await page.keyboard.press('ArrowDown');
    expect(await tabs.nth(1).getAttribute('aria-selected')).toBe('true');
    expect(await page.getByText('Why the first is ahead').isVisible()).toBe(true);
    expect(await page.locator('#document-0').isVisible()).toBe(false);
    await page.locator('#document-1 [data-view="attention"][data-ready]').waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('shows hostile texts as plain text', async () => {
    const inspection = sampleInspection({ query: HOSTILE, document: HOSTILE });
    const { page, problems, close } = await openPage(browser, report(inspection));
    await page.locator('[data-view="attention"][data-ready]').waitFor();
    expect(await page.title()).toContain('</script>');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(
      HOSTILE.replace('\u0000', '␀').replace('\u202e', '\ufffd'),
    );
    expect(problems).toEqual([]);
    await close();
  });

  test.each([
    ['a phone', { viewport: { width: 360, height: 740 } }],
    ['a narrow window in the dark', { viewport: { width: 700, height: 700 }, colorScheme: 'dark' as const }],
  ])('fits into %s', async (_, options) => {
    const document = 'Averyveryveryverylongwordwithoutanyblankinitatall '.repeat(12);
    const { page, problems, close } = await openPage(
      browser,
      report(sampleInspection({ document })),
      options,
    );
    await page.locator('[data-view="attention"][data-ready]').waitFor();
    await page.getByText('Tokens', { exact: true }).click();
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
    await close();
  });

  test('reads without scripts', async () => {
    const { page, close } = await openPage(browser, report(sampleInspection()), { javaScriptEnabled: false });
    expect(await page.getByRole('region', { name: 'Words' }).isVisible()).toBe(true);
    expect(await page.getByRole('region', { name: 'Score by depth' }).getByRole('img').count()).toBe(2);
    await close();
  });

  test('the page of a set opens without a request or an error', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => ({
      query: `q${i % 9}`,
      document: HOSTILE,
      logit: Math.sin(i) * 5,
      otherLogit: Math.sin(i) * 5 + Math.cos(i) / 50,
      tokens: 10 + i,
      tokensCut: i > 180 ? i : 0,
    }));
    const { page, problems, close } = await openPage(browser, write(datasetPage(sampleDataset(rows)).html));
    await page.getByText('The lowest scores').click();
    expect(await page.getByRole('table').count()).toBe(2);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
    await close();
  });
});

if (CHROMIUM === undefined) {
  test('the report in a browser', (context) => context.skip(CHROMIUM_IS_MISSING));
}
