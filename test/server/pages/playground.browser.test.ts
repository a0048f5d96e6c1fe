import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium, openPage, overflowOf, startBrowser } from '../../support/open-page.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const run = promisify(execFile);
const LONG = `${'an he in '.repeat(30)}the end`;

describeInChromium('the playground in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), startBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const scores = (page: Page) => page.locator('#ranking .score').allTextContents();
  const isSettled = (page: Page) => page.locator('#results[aria-busy=false] .score').first().waitFor();

  /** Writes a query and documents, and waits for their scores. */
  async function ask(page: Page, query: string, documents: readonly string[]): Promise<void> {
    await page.getByRole('radio', { name: 'One per line' }).check();
    await page.getByLabel('Documents, one per line').fill(documents.join('\n'));
    const answer = page.waitForResponse(
      (response) => JSON.parse(response.request().postData() ?? '{}').query === query,
    );
    await page.getByRole('textbox', { name: 'Query' }).fill(query);
    await answer;
    await isSettled(page);
  }

  test('shows scores while typing, the best first, with bars of the right length', async () => {
    const { page, problems, close } = await openPage(browser, server.url);
    await ask(page, 'he an', ['an', 'in the', 'he an in', 'the']);
    const shown = (await scores(page)).map(Number);
    expect(shown).toHaveLength(4);
    expect(shown).toEqual([...shown].sort((a, b) => b - a));
    const { json } = await server.post('/v1/rerank', {
      query: 'he an',
      documents: ['an', 'in the', 'he an in', 'the'],
    });
    expect(shown).toEqual(
      json.results.map((result: { relevance_score: number }) => Number(result.relevance_score.toFixed(4))),
    );
    const shares = await page.evaluate<number[]>(BAR_SHARES);
    for (const [i, share] of shares.entries()) {
      expect(share).toBeCloseTo(shown[i] as number, 1);
    }
    expect(await page.getByRole('status').first().textContent()).toContain('4 documents');
    expect(problems).toEqual([]);
    await close();
  });

  test('raw logits, top_n and min_score are requested and shown', async () => {
    const { page, problems, close } = await openPage(browser, server.url);
    const documents = ['an', 'in the', 'he an in', 'the'];
    await ask(page, 'he an', documents);
    await page.getByLabel('Raw logits').check();
    await page.locator('.score', { hasText: /^[+−]/ }).first().waitFor();
    const { json } = await server.post('/v1/rerank', { query: 'he an', documents, raw_scores: true });
    expect((await scores(page)).map((score) => Number(score.replace('−', '-')))).toEqual(
      json.results.map((result: { relevance_score: number }) => Number(result.relevance_score.toFixed(3))),
    );
    await page.getByLabel('top_n').fill('2');
    await page.getByText('2 of 4 documents left out by top_n.').waitFor();
    expect(await scores(page)).toHaveLength(2);
    await page.getByLabel('min_score').fill('1000');
    await page.getByText('4 of 4 documents left out by top_n and min_score.').waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('shows logits as such if the server gives them by default', async () => {
    const logits = await startTestServer({ scorer: { backend: 'cpu', activation: 'identity' } });
    const { page, problems, close } = await openPage(browser, logits.url);
    await ask(page, 'he an', ['an', 'in the']);
    for (const score of await scores(page)) expect(score).toMatch(/^[+−]\d+\.\d{3}$/);
    expect(await page.locator('#facts').textContent()).toContain('Scoreslogits');
    expect(problems).toEqual([]);
    await close();
    await logits.close();
  });

  test('marks exactly the text that was cut, of a document and of the query', async () => {
    const { page, problems, close } = await openPage(browser, server.url);
    await ask(page, 'he', [LONG]);
    await page.locator('.result .cut').first().waitFor();
    await page.getByRole('button', { name: 'Show all of document 1' }).click();
    const { json } = await server.post('/v1/rerank', { query: 'he', documents: [LONG] });
    const [{ tokens }] = json.results;
    const { json: lists } = await server.post('/tokenize', { inputs: [LONG], add_special_tokens: false });
    const kept = lists[0].length - tokens.document_cut;
    expect(await page.locator('.result .cut').textContent()).toBe(LONG.slice(lists[0][kept - 1].stop));
    expect(await page.locator('.result-text').textContent()).toContain('cut from here');
    expect(await page.locator('.result-facts').textContent()).toContain(`${tokens.document_cut} cut`);

    await ask(page, LONG, ['an he in '.repeat(12)]);
    await page.locator('#query-cut .cut').waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('copies the same request as curl and as TypeScript, and both run', async () => {
    const { page, problems, close } = await openPage(browser, server.url, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const query = `it's "he" \\ $HOME \`an\``;
    await ask(page, query, ["an 'he'", 'in\tthe 😀']);
    const shown = await scores(page);
    const copied = async (): Promise<string> => {
      await page.getByRole('button', { name: 'Copy' }).click();
      await page.getByText('The request is copied.').waitFor();
      const text = await page.evaluate<string>('navigator.clipboard.readText()');
      await page.getByRole('button', { name: 'Copy' }).waitFor();
      return text;
    };
    const curl = await run('bash', ['-c', `curl() { command curl --silent "$@"; }\n${await copied()}`]);
    expect(
      JSON.parse(curl.stdout).results.map((result: { relevance_score: number }) =>
        result.relevance_score.toFixed(4),
      ),
    ).toEqual(shown);
    await page.getByRole('radio', { name: 'TypeScript' }).check();
    const { code } = await transform(await copied(), { loader: 'ts', format: 'esm' });
    const node = await run(process.execPath, ['--input-type=module', '-e', code]);
    expect(node.stdout.match(/^[\d.]+/gm)?.map((score) => Number(score).toFixed(4))).toEqual(shown);
    expect(problems).toEqual([]);
    await close();
  });

  test('shows an error as the server says it, and recovers', async () => {
    const { page, problems, close } = await openPage(browser, server.url, { allowed: /status of 4\d\d/ });
    await ask(page, 'he', ['an']);
    await page.getByLabel('top_n').fill('-1');
    const alert = page.getByRole('alert').filter({ hasText: '400' });
    await alert.waitFor();
    const { json } = await server.post('/v1/rerank', { query: 'he', documents: ['an'], top_n: -1 });
    expect(await alert.textContent()).toContain(json.message);
    await page.getByLabel('top_n').fill('1');
    await alert.waitFor({ state: 'hidden' });
    expect(problems).toEqual([]);
    await close();
  });

  test('scores stay if the server does not say where texts were cut', async () => {
    const { page, problems, close } = await openPage(browser, server.url, { allowed: /status of 503/ });
    await page.route('**/tokenize', (route) =>
      route.fulfill({ status: 503, json: { message: 'The model is being restarted.' } }),
    );
    await ask(page, 'he', [LONG]);
    await page
      .getByText('The places where texts were cut are not known. The model is being restarted.')
      .waitFor();
    expect(await scores(page)).toHaveLength(1);
    expect(problems).toEqual([]);
    await close();
  });

  test('the chosen model is the requested one', async () => {
    const { page, problems, close } = await openPage(browser, server.url, { allowed: /status of 404/ });
    await page.route('**/v1/models', (route) =>
      route.fulfill({
        json: {
          data: [
            { id: 'tiny', ready: true },
            { id: 'gone', ready: false },
          ],
        },
      }),
    );
    await page.reload();
    await isSettled(page);
    await page.getByRole('combobox', { name: 'Model' }).selectOption('gone (starting)');
    await page.getByRole('alert').filter({ hasText: '404: The model "gone" is not served here' }).waitFor();
    expect(await page.locator('#code').textContent()).toContain('"model": "gone"');
    await page.getByRole('combobox', { name: 'Model' }).selectOption('tiny');
    await page.getByRole('alert').filter({ hasText: '404' }).waitFor({ state: 'hidden' });
    expect(problems).toEqual([]);
    await close();
  });

  test('its policy blocks requests to other servers and foreign scripts, and these tests notice it', async () => {
    const { page, problems, close } = await openPage(browser, server.url);
    await page.evaluate("fetch('http://127.0.0.2:9/').catch(() => {})");
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('img'), { src: 'http://127.0.0.2:9/a.png' }))`,
    );
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('script'), { text: 'window.ran = true' }))`,
    );
    expect(await page.evaluate('window.ran')).toBeUndefined();
    await expect.poll(() => problems.length).toBeGreaterThanOrEqual(3);
    expect(problems.filter((problem) => !problem.includes('Content Security Policy')).join()).not.toContain(
      'left the origin',
    );
    await close();
  });

  test('an earlier question never overwrites a later one', async () => {
    const { page, problems, close } = await openPage(browser, server.url, { allowed: /ERR_ABORTED/ });
    await isSettled(page);
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/v1/rerank', async (route) => {
      if (JSON.parse(route.request().postData() ?? '{}').query === 'first') {
        await held;
      }
      await route.continue().catch(() => {}); // the page gave it up
    });
    const first = page.waitForRequest((request) => request.postData()?.includes('"first"') ?? false);
    await page.getByRole('textbox', { name: 'Query' }).fill('first');
    await first;
    const given = page.waitForEvent('requestfailed');
    await ask(page, 'second', ['an', 'he']);
    await given;
    release();
    expect(await scores(page)).toHaveLength(2);
    expect(problems).toEqual([]);
    await close();
  });

  test('can be used with the keyboard only', async () => {
    const { page, problems, close } = await openPage(browser, server.url);
    await isSettled(page);
    const focused = () => page.evaluate<string>(FOCUSED);
    const visited: string[] = [];
    for (let i = 0; i < 60 && visited.at(-1) !== 'Copy'; i += 1) {
      await page.keyboard.press('Tab');
      visited.push(await focused());
      expect(await page.evaluate<boolean>(HAS_RING), `no focus ring: ${visited.at(-1)}`).toBe(true);
    }
    const order = [
      'Skip to the content',
      'Playground',
      'API',
      'API key',
      'English example',
      'query',
      'model',
    ];
    const rest = ['raw-scores', 'live', 'Document 1', 'Remove document 1', 'Add document', 'Copy'];
    const wanted = [...order, ...rest];
    expect(visited.filter((name) => wanted.includes(name))).toEqual(wanted);

    await page.getByLabel('Live').uncheck();
    await page.getByRole('button', { name: 'Clear' }).press('Enter');
    expect(await focused()).toBe('Empty document');
    await page.keyboard.type('an he');
    await page.getByRole('button', { name: 'Add document' }).press('Enter');
    await page.keyboard.type('in');
    expect(await focused()).toBe('Document 2');
    const answer = page.waitForResponse('**/v1/rerank');
    await page.keyboard.press('Control+Enter');
    await answer;
    await isSettled(page);
    expect(await scores(page)).toHaveLength(2);
    await page.getByRole('button', { name: 'Remove document 1' }).press('Enter');
    expect(await focused()).toBe('Document 1');
    expect(problems).toEqual([]);
    await close();
  });

  test('reads many lines from the clipboard, and files', async () => {
    const { page, problems, close } = await openPage(browser, server.url, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.evaluate(`navigator.clipboard.writeText('an\\n\\nhe\\nin')`);
    await page.keyboard.press('Control+V');
    await page.getByText('3 lines became 3 documents.').waitFor();
    expect(await page.getByLabel(/^Document \d/).count()).toBe(3);
    await page.getByRole('button', { name: 'Keep as one' }).click();
    expect(await page.getByLabel(/^Document \d/).count()).toBe(1);
    expect(await page.getByLabel('Document 1', { exact: true }).inputValue()).toBe('an\n\nhe\nin');
    expect(await page.getByRole('radio', { name: 'One per line' }).isDisabled()).toBe(true);

    const choose = (name: string, text: string) =>
      page.locator('#file').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
    await choose('some.txt', 'an\r\nhe\n\n');
    await page.getByText('2 documents from some.txt.').waitFor();
    await choose('some.jsonl', '"an"\n\n{"id": 1, "text": "two\\nlines"}\n');
    await page.getByText('2 documents from some.jsonl.').waitFor();
    expect(await page.getByLabel('Document 2', { exact: true }).inputValue()).toBe('two\nlines');
    await page.evaluate(`(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['he\\nan\\nin'], 'dropped.txt'));
      document.querySelector('#blocks').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    })()`);
    await page.getByText('3 documents from dropped.txt.').waitFor();
    await choose('some.jsonl', '"an"\n"he"');
    await choose('bad.jsonl', '"an"\n{"id": 1}\n');
    await page.getByText('bad.jsonl line 2 is no document').waitFor();
    expect(await page.getByLabel(/^Document \d/).count()).toBe(2);
    expect(problems).toEqual([]);
    await close();
  });

  test('its elements have roles and names', async () => {
    const { page, problems, close } = await openPage(browser, server.url);
    await isSettled(page);
    expect(await page.getByRole('main').count()).toBe(1);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    for (const name of ['Documents', 'Ranking', 'The same request']) {
      expect(await page.getByRole('region', { name }).first().isVisible(), name).toBe(true);
    }
    expect(await page.getByRole('list', { name: 'Ranking' }).getByRole('listitem').count()).toBe(6);
    expect(await page.getByRole('combobox', { name: 'Model' }).inputValue()).toBe('tiny');
    expect(await page.getByRole('spinbutton').count()).toBe(2);
    expect(await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').count()).toBe(2);
    expect(await page.evaluate<string[]>(NAMELESS)).toEqual([]);
    expect(await page.evaluate<string[]>(REPEATED_IDS)).toEqual([]);
    expect(await page.getAttribute('html', 'lang')).toBe('en');
    expect(problems).toEqual([]);
    await close();
  });

  test.each(['light', 'dark'] as const)('text has enough contrast when it is %s', async (colorScheme) => {
    const { page, close } = await openPage(browser, server.url, { colorScheme });
    await ask(page, 'he', [LONG, 'an']);
    await page.locator('.result .cut').first().waitFor();
    expect(await page.evaluate<string[]>(LOW_CONTRAST)).toEqual([]);
    await close();
  });

  test('a phone of 360 pixels shows it without scrolling sideways', async () => {
    const { page, problems, close } = await openPage(browser, server.url, {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
    });
    await ask(page, 'he '.repeat(40), [LONG, 'x'.repeat(200), 'an']);
    await page.getByLabel('Raw logits').check();
    await page.getByRole('radio', { name: 'Blocks' }).check();
    await page.getByRole('button', { name: 'API key' }).click();
    await isSettled(page);
    expect(await overflowOf(page)).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  test('Why? shows the report of a document beside the best one, in a frame without requests', async () => {
    const { page, problems, close } = await openPage(browser, server.url);
    await ask(page, 'he an', ['an', 'in the', 'he an in', 'the']);
    const last = page.locator('#ranking .result').last();
    const text = await last.locator('.result-text').textContent();
    await last.getByRole('button', { name: /^Why did document \d score so/ }).click();
    const report = page.frameLocator('#why-report');
    await report.getByRole('heading', { name: 'What each word does' }).first().waitFor();
    const opened = report.locator('article:not([hidden])');
    expect(await opened.locator('.coloured').last().textContent()).toContain(text);
    expect(await report.getByRole('tab').count()).toBe(2);
    await report.getByRole('tab').first().click();
    expect(await report.getByRole('tab').first().getAttribute('aria-selected')).toBe('true');
    const saved = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Save as a page' }).click();
    expect((await saved).suggestedFilename()).toBe('why.html');
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await page.locator('#why').isVisible()).toBe(false);
    expect(problems).toEqual([]);
    await close();
  });

  test('Why? shows the message of a server that explains nothing', async () => {
    const silent = await startTestServer({ explain: 'off' });
    const { page, problems, close } = await openPage(browser, silent.url, { allowed: /status of 400/ });
    await ask(page, 'he an', ['an', 'in the']);
    await page
      .getByRole('button', { name: /^Why did document/ })
      .first()
      .click();
    await page.getByRole('alert').filter({ hasText: 'explains no scores' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await page.locator('#why').isVisible()).toBe(false);
    expect(problems).toEqual([]);
    await close();
    await silent.close();
  });
});

describeInChromium('the playground where keys are asked for', () => {
  const KEY = 'secret-one';
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer({ keys: [KEY] }), startBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test('asks for one on 401, keeps it for the tab, and forgets it', async () => {
    const { page, problems, close } = await openPage(browser, server.url, { allowed: /status of 401/ });
    const input = page.getByLabel('API key', { exact: true }).and(page.locator('input'));
    await input.waitFor();
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('key');
    const alert = page.locator('#key-message');
    expect(await alert.textContent()).toContain('There is no API key');
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('The API key is not valid').first().waitFor();
    await input.fill(KEY);
    await page.keyboard.press('Enter');
    await page.locator('#ranking .score').first().waitFor();
    expect(await input.isVisible()).toBe(false);
    expect(await page.locator('#code').textContent()).toContain('Bearer $RERANK_API_KEY');
    expect(await page.content()).not.toContain(KEY);

    await page.reload();
    await page.locator('#ranking .score').first().waitFor();
    await page.getByRole('button', { name: 'API key: set' }).click();
    await page.getByRole('button', { name: 'Forget key' }).click();
    await page.getByText('There is no API key').first().waitFor();
    expect(await page.evaluate<number>('sessionStorage.length + localStorage.length')).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });
});

const BAR_SHARES = `[...document.querySelectorAll('#ranking .bar > span')].map((bar) => bar.offsetWidth / bar.parentElement.offsetWidth)`;

const FOCUSED = `(() => {
  const { activeElement: at } = document;
  return at.getAttribute('aria-label') ?? (at.id && !['key-button', 'add', 'copy', 'run', 'open', 'clear'].includes(at.id) ? at.id : at.textContent.trim());
})()`;

/** The element, or the text beside a hidden radio button. */
const HAS_RING = `(() => {
  const at = document.activeElement;
  const ring = (element) => element !== null && getComputedStyle(element).outlineStyle !== 'none';
  return ring(at) || ring(at.nextElementSibling);
})()`;

const NAMELESS = `[...document.querySelectorAll('button, input, select, textarea, a')]
  .filter((element) => !element.hidden)
  .filter((element) => !(element.getAttribute('aria-label') || element.textContent.trim() || [...(element.labels ?? [])].some((label) => label.textContent.trim())))
  .map((element) => element.outerHTML)`;

const REPEATED_IDS = `[...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, i, all) => all.indexOf(id) !== i)`;

/** Texts below WCAG AA's 4.5 : 1 on the colour behind them; colours are read as the canvas paints them. */
const LOW_CONTRAST = `(() => {
  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = color;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.checkVisibility() && !element.disabled && !['SCRIPT', 'OPTION'].includes(element.tagName))
    .filter((element) => element.value || [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .flatMap((element) => {
      const [a, b] = [luminance(rgba(getComputedStyle(element).color)), luminance(behind(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return ratio < 4.5 ? [element.className + ' ' + element.tagName + ' ' + ratio.toFixed(2)] : [];
    });
})()`;
