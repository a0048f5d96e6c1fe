import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { poisonPiece } from '../../support/poison.js';
import { runCli } from '../../support/run-cli.js';
import { temporaryFile, temporaryFolder, tinyModel } from '../../support/tiny-model.js';

const QUERY = 'he an in';
const DOCUMENT = 'an he! the in an he! in the';

describe('inspect', () => {
  const inspect = (...args: string[]) => runCli(['inspect', '--backend', 'cpu', '--quiet', ...args]);
  /** The data of the page's script. */
  const dataOf = (html: string): { tokens: { part: string }[]; attention?: { seq: number } }[] =>
    JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '');

  test('prints score, words with their numbers, depth and sentences', async () => {
    const { code, stdout } = await inspect('--model', tinyModel(), '--query', QUERY, '--document', DOCUMENT);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^0\.\d{4} {2}\S.* logit −?\d\.\d{3}, \d+ tokens\n/);
    expect(stdout).toMatch(/The model gives this document \d\.\d\d of 1: /);
    expect(stdout).toMatch(/^document .*\[\S+ [+−]\d\.\d\d\]/m);
    expect(stdout).toMatch(/^by depth {2}[▁▂▃▄▅▆▇█]{3} {2}\d\.\d\d → \d\.\d\d/m);
    expect(stdout).toMatch(/^ +[+−]?\d\.\d\d {3}\d\.\d\d {2}the in an he!$/m);
    expect(stdout).not.toContain('\u001b');
  });

  test('gives everything as JSON, with the numbers that score gives', async () => {
    const model = tinyModel();
    const { code, stdout } = await inspect(
      '--model',
      model,
      '--query',
      QUERY,
      '--document',
      DOCUMENT,
      '--format',
      'json',
    );
    expect(code).toBe(0);
    const inspection = JSON.parse(stdout);
    const scored = await runCli(
      ['score', '--model', model, '--backend', 'cpu', '--quiet'],
      JSON.stringify({ query: QUERY, document: DOCUMENT }),
    );
    expect(inspection.logit).toBeCloseTo(JSON.parse(scored.stdout).logit, 5);
    expect(inspection.depth.at(-1).logit).toBeCloseTo(inspection.logit, 5);
    expect(inspection.depth).toHaveLength(3);
    expect(inspection.attributions.map(({ method }: { method: string }) => method)).toEqual(['occlusion']);
    const document = inspection.words.filter(({ part }: { part: string }) => part === 'document');
    expect(
      document.map(({ start, end }: { start: number; end: number }) => DOCUMENT.slice(start, end)).join(''),
    ).toBe(DOCUMENT.replaceAll(' ', ''));
    expect(
      inspection.sentences.map(({ alone_logit }: { alone_logit: number | null }) => typeof alone_logit),
    ).toEqual([
      'object', // null: the query's
      'number',
      'number',
      'number',
    ]);
    expect(inspection.attention).toBeUndefined();
  });

  test('removing a word changes the logit by the value of occlusion', async () => {
    const model = tinyModel();
    const { stdout } = await inspect(
      '--model',
      model,
      '--query',
      QUERY,
      '--document',
      'an in',
      '--format',
      'json',
    );
    const { logit, words, attributions } = JSON.parse(stdout);
    const place = words.findIndex(
      ({ part, start }: { part: string; start: number }) => part === 'document' && start === 3,
    );
    const without = await runCli(
      ['score', '--model', model, '--backend', 'cpu', '--quiet'],
      JSON.stringify({ query: QUERY, document: 'an' }),
    );
    expect(attributions[0].words[place]).toBeCloseTo(logit - JSON.parse(without.stdout).logit, 5);
  });

  test('takes documents from a file, as rerank does', async () => {
    const file = temporaryFile('documents.jsonl', '{"text": "an he", "id": 1}\n\n"the in"\n');
    const { code, stdout } = await inspect(
      ...['--model', tinyModel(), '--query', QUERY, 'of', '--documents', file, '--format', 'json'],
    );
    expect(code).toBe(0);
    const { inspections, order } = JSON.parse(stdout);
    const given = ['of', 'an he', 'the in'];
    expect(inspections.map(({ pair }: { pair: { document: string } }) => pair.document)).toEqual(
      order.map((i: number) => given[i]),
    );
    const empty = await inspect('--query', QUERY, '--documents', temporaryFile('none.txt', '\n'));
    expect(empty.code).toBe(2);
    expect(empty.stderr).toContain('has no documents');
  });

  test('writes one page for several documents, the best first', async () => {
    const out = path.join(temporaryFolder(), 'why.html');
    const { code, stdout } = await inspect(
      ...[
        '--model',
        tinyModel(),
        '--query',
        QUERY,
        '--document',
        'an he',
        '--document',
        DOCUMENT,
        '--out',
        out,
      ],
    );
    expect([code, stdout]).toEqual([0, '']);
    const html = readFileSync(out, 'utf8');
    expect(html.length).toBeLessThan(2e6);
    const data = dataOf(html);
    expect(data).toHaveLength(2);
    expect(data.map(({ attention, tokens }) => attention?.seq === tokens.length)).toEqual([true, true]);
    const scores = [...html.matchAll(/rank-score">([\d.]+)</g)].map(([, score]) => Number(score));
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    for (const method of ['occlusion', 'integrated_gradients', 'gradient_x_input']) {
      expect(html).toContain(`data-method="${method}"`);
    }
    expect(html).not.toMatch(/\b(src|href)="(?!data:|#)/);
  });

  test('writes the page of a set, compared with another backend in a process of its own', async () => {
    const pairs = [
      'an he',
      'the in',
      'in',
      'an he in the an he in the an he in the an he in the an he in the in in in he an the',
    ];
    const file = temporaryFile(
      'pairs.jsonl',
      pairs.map((document) => `${JSON.stringify({ query: QUERY, document })}\n`).join(''),
    );
    const out = path.join(temporaryFolder(), 'pairs.html');
    const { code, stderr } = await inspect(
      ...['--model', tinyModel(), '--dataset', file, '--compare', 'wasm', '--max-length', '20', '--out', out],
    );
    expect([code, stderr]).toEqual([0, '']);
    const html = readFileSync(out, 'utf8');
    expect(html).toContain('4 pairs;');
    expect(html).toContain('1 pair of 4 (25 %) did not fit into 20 tokens');
    expect(html).toContain('float32 against wasm, float32');
    expect(html).toMatch(/The logits differ by \d\.\de-\d on average and \d\.\de-\d at most/);
  });

  test('a pair of a set that the model fails on is named, and the others are shown', async () => {
    const model = tinyModel();
    poisonPiece(model, 'k');
    const file = temporaryFile(
      'pairs.jsonl',
      ['an', 'k <b>', 'in'].map((document) => `${JSON.stringify({ query: 'an', document })}\n`).join(''),
    );
    const out = path.join(temporaryFolder(), 'pairs.html');
    const args = ['inspect', '--backend', 'cpu', '--model', model, '--dataset', file, '--out', out];
    const { code, stderr } = await runCli([...args, '--compare', 'wasm']);
    expect(code).toBe(2);
    expect(stderr).toContain(`${file} pair 2: the model gave a logit that is not a finite number`);
    const html = readFileSync(out, 'utf8');
    expect(html).toContain('2 pairs;');
    expect(html).toContain(
      'For 1 pair the model gave a logit that is not a finite number. It is not included in any figure',
    );
    expect(html).toContain('<td class="number">2</td><td><bdi>an</bdi></td><td><bdi>k &lt;b&gt;</bdi></td>');
  });

  test.each([
    [['--query', 'q'], 'Give --query and at least one --document, a file of --documents, or --dataset.'],
    [['--dataset', 'x', '--documents', 'y', '--out', 'x.html'], '--dataset has pairs of its own'],
    [['--query', 'q', '--documents', 'nowhere.txt'], 'nowhere.txt'],
    [['--dataset', 'pairs.jsonl'], '--dataset writes a page; say where with --out FILE.'],
    [['--dataset', 'x', '--query', 'q', '--out', 'x.html'], '--dataset has pairs of its own'],
    [['--query', 'q', '--document', 'd', '--method', 'magic'], '--method does not know "magic"'],
    [['--query', 'q', '--document', 'd', '--compare', 'cpu'], '--compare needs --dataset.'],
    [['--query', 'q', '--document', 'd', '--out', 'x.html', '--format', 'json'], 'use only one of them'],
    [
      ['--query', 'q', '--document', 'd', '--dtype', 'bfloat16', '--method', 'integrated-gradients'],
      'Gradients need --dtype float32, not bfloat16',
    ],
  ])('%j is refused with the reason', async (args, reason) => {
    const { code, stderr } = await inspect(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(reason);
  });

  test('a model of several labels is refused', async () => {
    const model = tinyModel('tiny-5-labels');
    const { code, stderr } = await inspect('--model', model, '--query', 'q', '--document', 'd');
    expect(code).toBe(2);
    expect(stderr).toContain('has 5 labels');
  });
});
