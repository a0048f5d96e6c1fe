import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openCheckpoint } from '../../../dist/weights/checkpoint.js';
import { decodeFloat32 } from '../../../dist/weights/format/dtype.js';
import { parseLines, runCli } from '../../support/run-cli.js';
import { temporaryFile, temporaryFolder, tinyModel } from '../../support/tiny-model.js';

const pairs = temporaryPairs();

function temporaryPairs(): string {
  return ['an', 'he in', 'an an he', 'in']
    .map((document) => `${JSON.stringify({ query: 'he', document })}\n`)
    .join('');
}

async function convert(model: string, ...args: string[]) {
  const out = path.join(temporaryFolder(), 'out');
  const sample = temporaryFile('pairs.jsonl', pairs);
  const result = await runCli([
    ...['convert', '--quiet', '--backend', 'cpu', '--model', model, '--sample', sample, '--out', out],
    ...args,
  ]);
  return { ...result, out };
}

/** Every tensor of a folder in float32. */
async function tensorsOf(folder: string): Promise<Map<string, Float32Array>> {
  const checkpoint = await openCheckpoint(folder);
  const tensors = new Map<string, Float32Array>();
  for (const { name, dtype } of checkpoint.entries.values()) {
    tensors.set(name, decodeFloat32(await checkpoint.read(name), dtype));
  }
  await checkpoint.close();
  return tensors;
}

test('to another dtype, in shards: the nearest values, and the effect on the scores', async () => {
  const model = tinyModel();
  const report = path.join(temporaryFolder(), 'report.json');
  const { code, stdout, out } = await convert(
    model,
    '--to',
    'BF16',
    '--max-shard-size',
    '10KB',
    '--report',
    report,
  );
  expect(stdout).toMatch(/^weights +0\.0 MB of 0\.1 MB \(50\.0 %\)$/m);
  expect(stdout).toMatch(/^sample +4 pairs, \d+ tokens \(\d+ before\)$/m);
  expect(stdout).toMatch(/^order +Kendall tau \d\.\d{4}, \d+ % of queries keep their first document$/m);
  expect(code).toBe(0);
  const files = readdirSync(out);
  expect(files.filter((name) => name.endsWith('.safetensors')).length).toBeGreaterThan(2);
  expect(files).toContain('model.safetensors.index.json');
  expect(JSON.parse(readFileSync(path.join(out, 'config.json'), 'utf8'))).toMatchObject({
    torch_dtype: 'bfloat16',
  });
  const [before, after] = [await tensorsOf(model), await tensorsOf(out)];
  expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  for (const [name, values] of before) {
    const rounded = after.get(name) as Float32Array;
    expect(
      values.every((value, i) => Math.abs((rounded[i] as number) - value) <= Math.abs(value) / 256),
    ).toBe(true);
  }
  const { sample } = JSON.parse(readFileSync(report, 'utf8'));
  expect(sample.max_difference).toBeGreaterThan(0);
  expect(sample.max_difference).toBeLessThan(0.2);
});

test('there and back: F32 of F32 in one file is the same model', async () => {
  const model = tinyModel();
  const { code, stdout, out } = await convert(model, '--to', 'F32');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^logits +differ by at most 0\.00e\+0/m);
  expect(await tensorsOf(out)).toEqual(await tensorsOf(model));
});

test('a pruned vocabulary scores its own texts as before', async () => {
  const corpus = temporaryFile('corpus.jsonl', pairs);
  const { code, stdout, out } = await convert(tinyModel(), '--keep-vocabulary', corpus, '--min-count', '1');
  expect(stdout).toMatch(/^pieces +\d+ of 97 \(\d\d\.\d %\)$/m);
  expect(stdout).toMatch(/^corpus +\d+ tokens, 100\.0 % kept$/m);
  expect(stdout).toMatch(/^logits +differ by at most 0\.00e\+0/m);
  expect(code).toBe(0);
  const config = JSON.parse(readFileSync(path.join(out, 'config.json'), 'utf8'));
  const [[, table] = []] = [...(await tensorsOf(out))].filter(([name]) =>
    name.endsWith('word_embeddings.weight'),
  );
  expect(config.vocab_size).toBeLessThan(97);
  expect(table?.length).toBe(config.vocab_size * config.hidden_size);
  const { stdout: scored } = await runCli(['score', '--quiet', '--backend', 'cpu', '--model', out], pairs);
  expect(parseLines(scored)).toHaveLength(4);
});

test('impossible conversions are refused, and nothing is left behind', async () => {
  const model = tinyModel();
  const inside = path.join(model, 'converted');
  const run = async (...args: string[]) => {
    const { code, stderr } = await runCli([
      'convert',
      '--quiet',
      '--backend',
      'cpu',
      '--model',
      model,
      ...args,
    ]);
    return { code, stderr };
  };
  expect(await run('--out', inside)).toEqual({
    code: 2,
    stderr: expect.stringContaining("is the model's folder or inside it"),
  });
  expect(existsSync(inside)).toBe(false);
  const link = path.join(temporaryFolder(), 'link');
  symlinkSync(model, link);
  expect(await run('--out', path.join(link, 'deeper', 'converted'))).toEqual({
    code: 2,
    stderr: expect.stringContaining("is the model's folder or inside it"),
  });
  const taken = path.join(temporaryFolder(), 'taken');
  mkdirSync(taken);
  expect(await run('--out', taken)).toEqual({
    code: 2,
    stderr: expect.stringMatching(/exists, and nothing is replaced/),
  });
  const free = path.join(temporaryFolder(), 'free');
  expect(await run('--out', free, '--max-shard-size', 'large')).toEqual({
    code: 2,
    stderr: expect.stringContaining('--max-shard-size must be a size such as 500MB'),
  });
  expect(await run('--out', free, '--min-count', '2')).toEqual({
    code: 2,
    stderr: expect.stringContaining('--min-count needs --keep-vocabulary'),
  });
  const blank = temporaryFile('corpus.txt', '\n\n');
  expect(await run('--out', free, '--keep-vocabulary', blank)).toEqual({
    code: 2,
    stderr: expect.stringContaining('The corpus has no text'),
  });
  expect(readdirSync(path.dirname(free))).toEqual([]);
});
