import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildOnce, ROOT, runCli } from './run-cli.js';
import { temporaryFile, temporaryFolder, tinyModel } from './tiny-model.js';

beforeAll(buildOnce);

interface Reference {
  readonly provenance: Record<string, unknown>;
  readonly tolerance: number;
  readonly pairs: {
    query: string;
    document: string;
    input_ids: number[];
    logit: number;
    logit_float64: number;
  }[];
}

/** The first pairs of the embedded model's reference, changed: all of them are for `verify` itself, by hand and in CI. */
function golden(change: (reference: Reference) => unknown): string {
  const file = path.join(ROOT, 'weights/mini-en-zh/reference.json');
  const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference;
  return temporaryFile(
    'golden.json',
    JSON.stringify(change({ ...reference, pairs: reference.pairs.slice(0, 3) })),
  );
}

test('the embedded model passes; the report has all of it', async () => {
  const report = path.join(temporaryFolder(), 'report.json');
  const file = golden((reference) => reference);
  const { code, stdout } = await runCli(['verify', '--golden', file, '--report', report]);
  expect(code).toBe(0);
  expect(stdout).toContain('model              mini-en-zh, float32');
  expect(stdout).toMatch(/^backend {12}\w+: /m);
  expect(stdout).toContain('token ids          identical');
  expect(stdout).toMatch(/^from float32 +max \d\.\d\de-\d+, mean \d\.\d\de-\d+$/m);
  expect(stdout).toMatch(/^from float64 +max/m);
  expect(stdout).toMatch(/^reference's noise +max/m);
  expect(stdout).toMatch(/^order changes +0 beyond noise$/m);
  expect(stdout).toMatch(/\nPASSED: all 3 pairs within 5e-5\n$/);
  expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
    passed: true,
    model: 'mini-en-zh',
    golden: file,
    provenance: { attention: 'eager' },
    tolerance: 5e-5,
    pairs: 3,
    from_float32: { max: expect.any(Number) },
    rows: [
      { index: 0, query: 'capital of France', tokens: 14, ids_match: true, within_tolerance: true },
      { difference: expect.any(Number) },
      { logits: [expect.any(Number)], reference_logits: [expect.any(Number)] },
    ],
  });
});

test('a logit beyond the tolerance fails, and names the pair', async () => {
  const file = golden((reference) => {
    const [first, second, third] = reference.pairs;
    return { ...reference, pairs: [first, { ...second, logit: (second?.logit ?? 0) + 1e-3 }, third] };
  });
  const { code, stdout } = await runCli(['verify', '--golden', file, '--quiet']);
  expect(code).toBe(3);
  expect(stdout).toMatch(/^worst pair +1: .* \("capital of France"\)$/m);
  expect(stdout).toMatch(/FAILED: 1 pair beyond 5e-5 \(1\), 0 pairs with other token ids\n$/);
});

test('other token ids fail', async () => {
  const file = golden((reference) => {
    const [first, ...rest] = reference.pairs;
    return { ...reference, pairs: [{ ...first, input_ids: [0, 5, 2, 2, 5, 2] }, ...rest] };
  });
  const { code, stdout } = await runCli(['verify', '--golden', file, '--quiet']);
  expect(code).toBe(3);
  expect(stdout).toMatch(/^token ids +differ in 1 of 3 pairs \(0\)$/m);
});

test('pairs without text are scored from their ids, classifiers by all labels', async () => {
  const file = temporaryFile(
    'golden.json',
    JSON.stringify({ provenance: {}, pairs: [{ input_ids: [0, 8, 2, 2, 9, 2], logits: [0, 0, 0, 0, 99] }] }),
  );
  const { code, stdout } = await runCli(['verify', '--model', tinyModel('tiny-5-labels'), '--golden', file]);
  expect(code).toBe(3);
  expect(stdout).toContain('token ids          identical');
  expect(stdout).toMatch(/^worst pair +0: (\S+, ){4}\S+ for 0, 0, 0, 0, 99$/m);
});

test('what cannot be compared', async () => {
  const model = tinyModel();
  const run = async (...args: string[]) => {
    const { code, stderr } = await runCli(['verify', '--quiet', '--model', model, ...args]);
    return { code, stderr };
  };
  expect(await run()).toEqual({
    code: 2,
    stderr: expect.stringMatching(
      /reference\.json does not exist: this model brings no reference\.\n.*--golden FILE/,
    ),
  });
  expect(await run('--golden', '/nowhere.json')).toEqual({
    code: 2,
    stderr: 'The golden file /nowhere.json cannot be read: it does not exist.\n',
  });
  expect(await run('--golden', temporaryFile('golden.json', '{"pairs":[]}'))).toEqual({
    code: 2,
    stderr: expect.stringContaining('is not a golden file'),
  });
  const alien = { provenance: {}, pairs: [{ input_ids: [0, 27000, 2], logit: 1 }] };
  expect(await run('--golden', temporaryFile('golden.json', JSON.stringify(alien)))).toEqual({
    code: 2,
    stderr: expect.stringContaining('The golden is not of this model.'),
  });
  const report = '/nowhere/report.json';
  const mine = { provenance: {}, pairs: [{ input_ids: [0, 8, 2], logit: 1 }] };
  expect(
    await run('--golden', temporaryFile('golden.json', JSON.stringify(mine)), '--report', report),
  ).toEqual({ code: 4, stderr: expect.stringContaining(`The report ${report} cannot be written`) });
  expect(existsSync(report)).toBe(false);
});
