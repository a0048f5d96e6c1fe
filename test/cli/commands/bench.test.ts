import { expect, test } from 'vitest';
import { DEMO_PASSAGES, DEMO_QUESTIONS } from '../../../dist/cli/demo-set.js';
import { runCli } from '../../support/run-cli.js';
import { temporaryFile, tinyModel } from '../../support/tiny-model.js';

const PAIRS = ['{"query":"a","document":"the end"}', '{"query":"a","document":"the end of the"}', ''].join(
  '\n',
);

test('bench --format json: one row for the backend and dtype, and the machine', async () => {
  const input = temporaryFile('pairs.jsonl', PAIRS);
  const args = ['bench', '--model', tinyModel(), '--backend', 'wasm', '--input', input, '--repeat', '3'];
  const { code, stdout, stderr } = await runCli([...args, '--format', 'json', '--quiet']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { machine, results } = JSON.parse(stdout) as {
    machine: object;
    results: {
      docs_per_second: number;
      tokens_per_second: number;
      pairs: number;
      tokens: number;
      spread: Record<string, { min: number; max: number }>;
      peak_rss_bytes: number;
    }[];
  };
  expect(machine).toMatchObject({
    node: process.version,
    processor: { model: expect.any(String), cores: expect.any(Number), flags: expect.any(Array) },
    memory_bytes: expect.any(Number),
    tensorflow: null,
  });
  expect(results).toHaveLength(1);
  const [row] = results;
  expect(row).toMatchObject({ backend: 'wasm', dtype: 'float32', pairs: 2, cut_pairs: 0, repeat: 3 });
  expect(row).toMatchObject({ load_seconds: expect.any(Number), first_score_seconds: expect.any(Number) });
  expect(row?.tokens).toBeGreaterThan(2 * 4);
  expect(row?.tokens_per_second).toBeCloseTo(
    ((row?.docs_per_second ?? 0) * (row?.tokens ?? 0)) / (row?.pairs ?? 0),
    3,
  );
  for (const [name, { min, max }] of Object.entries(row?.spread ?? {})) {
    const middle = row?.[name as 'docs_per_second'] as number;
    expect(min).toBeGreaterThan(0);
    expect(middle).toBeGreaterThanOrEqual(min);
    expect(middle).toBeLessThanOrEqual(max);
  }
  expect(row?.peak_rss_bytes).toBeGreaterThan(2 ** 24); // bytes, and not kilobytes
});

test('bench leaves out repeated pairs, which would be computed once, and says so', async () => {
  const input = temporaryFile('pairs.jsonl', PAIRS.repeat(2));
  const args = ['bench', '--model', tinyModel(), '--backend', 'wasm', '--input', input, '--repeat', '1'];
  const { stdout, stderr } = await runCli([...args, '--format', 'json', '--quiet']);
  expect(JSON.parse(stdout).results).toMatchObject([{ pairs: 2 }]);
  expect(stderr).toContain('2 repeated pairs left out');
});

test('bench as a table, on the pairs of the demo', async () => {
  const pairs = DEMO_QUESTIONS.length * Math.ceil(DEMO_PASSAGES.length / 3);
  expect(pairs).toBe(100);
  const { code, stdout } = await runCli([
    ...['bench', '--model', tinyModel(), '--backend', 'wasm', '--repeat', '1', '--quiet'],
  ]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^pairs {9}100, [\d,]+ tokens, \d+ pairs cut to 39 tokens$/m);
  expect(stdout).toMatch(/^documents\/s {3}[\d.]+ {2}\([\d.]+ to [\d.]+, 1 run\)$/m);
  expect(stdout).toMatch(/^peak memory {3}[\d.]+ MB$/m);
});

test.each([
  [['--input', '-'], '', /^stdin has no pairs/],
  [['--input', '-'], `${PAIRS}{"query":"a"}\n`, /^stdin line 3: "document" is missing/],
  [['--input', '/nowhere/pairs.jsonl'], '', /^The file \/nowhere\/pairs\.jsonl does not exist/],
  [['--repeat', '0'], '', /^--repeat must be a whole number from 1 on, not 0/],
])('bench %j is refused', async (args, input, message) => {
  const { code, stdout, stderr } = await runCli(['bench', '--model', tinyModel(), ...args], input);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
});
