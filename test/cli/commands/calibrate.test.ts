import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { calibratedScore } from '../../../dist/engine/calibration.js';
import { createRandom } from '../../../dist/math/random.js';
import { Reranker } from '../../../dist/reranker/reranker.js';
import { parseLines, runCli } from '../../support/run-cli.js';
import { startTestServer } from '../../support/test-server.js';
import { temporaryFile, writeTinyModel } from '../../support/tiny-model.js';

const WORDS = ['he', 'in', 'an', 'the', 'of', '1', '2', 'end'];
const folder = mkdtempSync(path.join(tmpdir(), 'calibrate-'));
afterAll(() => rmSync(folder, { recursive: true }));
const model = path.join(folder, 'tiny');
mkdirSync(model);
writeTinyModel(model);
const run = ['--model', model, '--backend', 'cpu'];
const out = path.join(folder, 'calibration.json');
let labelled: string;

/** Pairs whose label is decided by the model's own logit, with some noise. */
beforeAll(async () => {
  const random = createRandom(1);
  const text = (): string =>
    Array.from({ length: 4 }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');
  const pairs = Array.from({ length: 120 }, (_, i) => ({ query: `he ${i >> 2}`, document: text() }));
  const reranker = await Reranker.load(model, { backend: 'cpu' });
  const logits = (await reranker.score(pairs)).map(({ logit }) => logit);
  reranker.dispose();
  const middle = [...logits].sort((a, b) => a - b)[60] as number;
  labelled = pairs
    .map((pair, i) => {
      const label = (logits[i] as number) > middle !== random() < 0.15 ? 1 : 0;
      return `${JSON.stringify({ ...pair, label })}\n`;
    })
    .join('');
});

const calibrate = (input: string, ...more: string[]) =>
  runCli(['calibrate', '--input', temporaryFile('labelled.jsonl', input), '--out', out, ...run, ...more]);

describe('calibrate', () => {
  test('writes a curve and what it is worth; the page has both diagrams', async () => {
    const page = path.join(folder, 'page.html');
    const { code, stdout } = await calibrate(labelled, '--page', page, '--precision', '0.7');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^120 pairs of 30 queries, \d+ relevant/);
    expect(stdout).toMatch(/\nECE {4}0\.\d{4} \(0\.\d{4} to 0\.\d{4}\) +0\.\d{4} \(/);
    expect(stdout).toMatch(/From a calibrated score of 0\.\d{4} on, \d+\.\d % of \d+ pairs are relevant/);
    const file = JSON.parse(readFileSync(out, 'utf8'));
    expect(file).toMatchObject({
      model: { dtype: 'float32', truncation: 'longest_first' },
      curve: { method: 'platt', slope: expect.any(Number) },
      fitted_on: { pairs: 120, queries: 30 },
      quality: { folds: 5, separable: true },
    });
    const html = readFileSync(page, 'utf8');
    expect(html.match(/aria-label="Reliability, /g)).toHaveLength(2);
  });

  test('rerank, score and the library have the calibrated score; a lower one is left out', async () => {
    await calibrate(labelled, '--method', 'isotonic');
    const { curve } = JSON.parse(readFileSync(out, 'utf8'));
    const texts = ['--query', 'he', 'an he', 'of the end'];
    const { stdout } = await runCli(['rerank', ...texts, '--calibration', out, '--format', 'jsonl', ...run]);
    const results = parseLines(stdout);
    expect(results).toHaveLength(2);
    for (const { logit, calibrated_score } of results) {
      expect(calibrated_score).toBe(calibratedScore(logit as number, curve));
    }
    const line = '{"query":"he","document":"an he"}\n';
    const scored = await runCli(['score', '--calibration', out, ...run], line);
    const input = temporaryFile('pairs.jsonl', line);
    const output = path.join(folder, 'scored.jsonl');
    const bulk = await runCli(['score', '--input', input, '--output', output, '--calibration', out, ...run]);
    expect(bulk.code).toBe(0);
    expect(readFileSync(output, 'utf8')).toBe(scored.stdout);
    const [first] = parseLines(scored.stdout);
    expect(first).toMatchObject({ calibrated_score: calibratedScore(first?.logit as number, curve) });
    const again = await runCli(['score', '--input', input, '--output', output, ...run]);
    expect(again.stderr).toContain('--calibration was');

    const reranker = await Reranker.load(model, { backend: 'cpu', calibration: out });
    const all = await reranker.rank('he', ['an he', 'of the end']);
    const [best, worst] = all.map(({ calibratedScore: score }) => score as number);
    expect(best).toBeGreaterThan(worst as number);
    expect(await reranker.rank('he', ['an he', 'of the end'], { minCalibratedScore: best })).toHaveLength(1);
    await expect(reranker.rank('he', ['an'], { minCalibratedScore: 2 })).rejects.toThrow(/from 0 to 1/);
    reranker.dispose();
    const least = ['--min-calibrated-score', String(best)];
    const some = await runCli([
      'rerank',
      ...texts,
      '--calibration',
      out,
      ...least,
      '--format',
      'jsonl',
      ...run,
    ]);
    expect(parseLines(some.stdout)).toHaveLength(1);
    expect((await runCli(['rerank', ...texts, ...least, ...run])).stderr).toContain('needs --calibration');
  });

  test('the server answers with it, and refuses to filter without it', async () => {
    await calibrate(labelled);
    const { curve } = JSON.parse(readFileSync(out, 'utf8'));
    const body = { query: 'he', documents: ['an he', 'of the end'], raw_scores: true };
    const server = await startTestServer({ scorer: { backend: 'cpu', calibration: out } });
    try {
      const { json } = await server.post('/v1/rerank', body);
      const results = json.results as { relevance_score: number; calibrated_score: number }[];
      for (const { relevance_score: logit, calibrated_score } of results) {
        expect(calibrated_score).toBe(calibratedScore(logit, curve));
      }
      expect((await server.get('/openapi.json')).text).not.toContain('This server has no calibration');
      const least = { ...body, min_calibrated_score: results[0]?.calibrated_score };
      expect((await server.post('/v1/rerank', least)).json.results).toHaveLength(1);
    } finally {
      await server.close();
    }
    const plain = await startTestServer();
    const refused = await plain.post('/v1/rerank', { ...body, min_calibrated_score: 0.5 });
    expect((await plain.get('/openapi.json')).text).toContain('This server has no calibration');
    await plain.close();
    expect(refused.status).toBe(400);
    expect(refused.json.message).toContain('serve --calibration');
  });

  test('a file of other settings, another model or another kind is refused by what differs', async () => {
    await calibrate(labelled);
    const rerank = async (file: string, ...more: string[]) =>
      (await runCli(['rerank', '--query', 'he', 'an', '--calibration', file, ...run, ...more])).stderr;
    expect(await rerank(out, '--max-length', '20')).toContain('the longest sequence was 39, is 20');
    const file = JSON.parse(readFileSync(out, 'utf8'));
    const changed = (change: object): string => {
      const other = path.join(folder, 'other.json');
      writeFileSync(other, JSON.stringify({ ...file, ...change }));
      return other;
    };
    const weights = { ...file.model, weights_sha256: '0'.repeat(64) };
    expect(await rerank(changed({ model: weights }))).toContain('sha256 of its weights) was 000000000000…');
    expect(await rerank(changed({ kind: 'x' }))).toContain('is no calibration of tfjs-reranker: kind');
    expect(await rerank(changed({ curve: { method: 'platt', slope: 'a' } }))).toContain('curve.slope');
    const falling = { method: 'isotonic', logits: [1, 0], probabilities: [0, 1] };
    expect(await rerank(changed({ curve: falling }))).toContain('must rise');
    expect(await rerank(path.join(folder, 'none.json'))).toContain('cannot be read');
  });

  test('bad lines are named and left out; scores that separate nothing give no file', async () => {
    const bad = '{"query":"he","document":"an"}\n{"query":"he","document":"an","label":2}\nx\n';
    const some = await calibrate(bad + labelled);
    expect(some.code).toBe(2);
    expect(some.stderr).toMatch(
      /line 1: "label" is missing; it must be 0 or 1\.\n.*line 2: "label" is .*\n.*line 3/,
    );
    expect(some.stdout).toMatch(/^120 pairs/);
    const random = createRandom(5);
    const noise = labelled.replace(/"label":[01]/g, () => `"label":${random() < 0.5 ? 0 : 1}`);
    const other = path.join(folder, 'noise.json');
    const nothing = await calibrate(noise, '--out', other);
    expect(nothing.code).toBe(2);
    expect(nothing.stdout).toContain('Not separable');
    expect(() => readFileSync(other)).toThrow(/ENOENT/);
    expect((await calibrate(labelled, '--precision', '1.5')).code).toBe(2);
    expect((await calibrate('{"query":"a","document":"b","label":1}\n')).stderr).toContain(
      'at least 5 queries',
    );
  });
});
