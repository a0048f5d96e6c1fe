import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseArguments } from '../../../dist/cli/arguments.js';
import { createIo } from '../../../dist/cli/io/io.js';
import { InputError } from '../../../dist/errors/errors.js';
import { readTensors } from '../../support/fixtures.js';
import { runCli } from '../../support/run-cli.js';
import { temporaryFile, temporaryFolder, tinyModel } from '../../support/tiny-model.js';

const PAIR = ['--query', 'a 1', '--document', 'the end'];
const PROBS = 'encoder.layer.*.attention.self.probs';

test('shapes of everything, without weights', async () => {
  const model = tinyModel();
  rmSync(path.join(model, 'model.safetensors'));
  const { code, stdout, stderr } = await runCli([
    'trace',
    '--model',
    model,
    ...PAIR,
    '--names',
    '**',
    '--shapes',
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [, tokens, ...lines] = stdout.trimEnd().split('\n');
  expect(tokens).toMatch(/^\d+ tokens$/);
  const count = Number.parseInt(tokens as string, 10);
  expect(lines).toHaveLength(1 + 4 + 2 * 12 + 3);
  expect(lines.map((line) => line.replace(/ {2,}/, ': '))).toContain(
    `encoder.layer.1.attention.self.probs: 3 heads x ${count} seq x ${count} seq`,
  );
});

test('a table with statistics of activations, of the embedded model', async () => {
  const { code, stdout, stderr } = await runCli([
    ...[
      'trace',
      '--backend',
      'wasm',
      '--query',
      'capital of France',
      '--document',
      'Paris is the capital of France.',
    ],
    ...['--names', 'encoder.layer.11.attention.self.probs', '--names', 'classifier.out_proj'],
  ]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^mini-en-zh on wasm/);
  expect(stdout).toMatch(
    /^capital of France {2}\| {2}Paris is the capital of France\.\n14 tokens, logit 3\.0206\n/,
  );
  expect(stdout).toMatch(
    /^encoder\.layer\.11\.attention\.self\.probs +12 heads x 14 seq x 14 seq +0\.07143 /m,
  );
  expect(stdout).toMatch(/^classifier\.out_proj +1 labels +3\.021 +0\.000 +3\.021 +3\.021$/m);
});

test('.npy, .safetensors, .json and a folder', async () => {
  const model = tinyModel();
  const folder = temporaryFolder();
  const trace = (out: string, ...rest: string[]) =>
    runCli(['trace', '--model', model, '--backend', 'wasm', ...rest, '--out', path.join(folder, out)]);
  expect(await trace('one.npy', ...PAIR, '--names', 'classifier.tanh')).toMatchObject({
    code: 0,
    stdout: '',
    stderr: expect.stringContaining('1 file written'),
  });
  expect(readFileSync(path.join(folder, 'one.npy')).toString('latin1')).toContain("'shape': (24,)");

  const pairs = temporaryFile(
    'pairs.jsonl',
    '{"query":"a","document":"the end"}\n{"query":"b","document":""}\n',
  );
  expect((await trace('two.safetensors', '--input', pairs, '--names', PROBS)).code).toBe(0);
  const tensors = await readTensors(path.join(folder, 'two.safetensors'));
  expect([...tensors.keys()]).toEqual(
    [0, 1].flatMap((i) => [0, 1].map((layer) => `pairs.${i}.encoder.layer.${layer}.attention.self.probs`)),
  );

  expect((await trace('one.json', ...PAIR, '--names', PROBS)).code).toBe(0);
  const { pairs: written } = JSON.parse(readFileSync(path.join(folder, 'one.json'), 'utf8'));
  expect(written[0]).toMatchObject({ query: 'a 1', logits: [expect.any(Number)] });

  expect((await trace('all', ...PAIR, '--names', '**')).code).toBe(0);
  expect(readdirSync(path.join(folder, 'all'))).toHaveLength(4 + 2 * 12 + 3 + 1);
  expect(await trace('two.npy', ...PAIR, '--names', PROBS)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('A .npy file holds one array, and 2 were traced.'),
  });
});

test('a data set in shards; a second run finds it complete, changed settings are refused', async () => {
  const ids = ['0', '1', '2', '1234567890123456789', '"four"'];
  const lines = ids.map((id) => `{"id":${id},"query":"a","document":"the end"}`);
  const pairs = temporaryFile('pairs.jsonl', `${lines.join('\n')}\n`);
  const out = path.join(temporaryFolder(), 'pooled');
  const model = tinyModel();
  const trace = (...rest: string[]) =>
    runCli([
      ...[
        'trace',
        '--model',
        model,
        '--backend',
        'wasm',
        '--dataset',
        pairs,
        '--out',
        out,
        '--shard-pairs',
        '2',
      ],
      ...['--names', 'encoder.layer.*.output.LayerNorm', ...rest],
    ]);
  const first = await trace('--pool', 'mean');
  expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('5 pairs in 3 shards: ') });
  expect(await trace('--pool', 'mean')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('5 pairs in 3 shards, 5 of them before'),
  });
  expect(await trace('--pool', 'first')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('pool was mean and is first.'),
  });
  const { shards } = JSON.parse(readFileSync(path.join(out, 'index.json'), 'utf8'));
  expect(shards.map(({ ids }: { ids: number[] }) => ids)).toEqual([
    [0, 1],
    [2, '1234567890123456789'],
    ['four'],
  ]);
});

test('a bad line of a data set stops the run and is named', async () => {
  const pairs = temporaryFile('pairs.jsonl', '{"query":"a","document":"b"}\n{"query":"a"}\n');
  const out = path.join(temporaryFolder(), 'pooled');
  const { code, stderr } = await runCli([
    ...['trace', '--model', tinyModel(), '--backend', 'wasm', '--dataset', pairs, '--out', out],
    ...['--names', 'classifier.tanh', '--pool', 'first', '--quiet'],
  ]);
  expect(code).toBe(2);
  expect(stderr).toBe(
    `${pairs} line 2: "document" is missing. Each line needs "query" and "document", both strings.\n`,
  );
  expect(existsSync(out)).toBe(false);
});

test('removing a head or a layer changes the logit', async () => {
  const model = tinyModel();
  const logit = async (...rest: string[]): Promise<string | undefined> => {
    const { stdout } = await runCli(['trace', '--model', model, '--backend', 'wasm', ...PAIR, ...rest]);
    return /logit (\S+)/.exec(stdout)?.[1];
  };
  const logits = await Promise.all([
    logit(),
    logit('--ablate', '1.2'),
    logit('--ablate', '0'),
    logit('--ablate', '1.2', '--ablate', '0'),
  ]);
  expect(logits).not.toContain(undefined);
  expect(new Set(logits).size).toBe(4);
});

test.each([
  [[], 'Use one of: --query with --document, --input, --dataset.'],
  [['--query', 'q'], 'A pair needs both --query and --document.'],
  [[...PAIR, '--input', 'x.jsonl'], 'Use one of:'],
  [['--dataset', 'x.jsonl', '--names', '**'], '--dataset needs --names, --pool and --out.'],
  [[...PAIR, '--pool', 'mean'], '--pool and --shard-pairs need --dataset.'],
  [[...PAIR, '--shapes', '--out', 'x.npy'], '--shapes prints a table'],
  [[...PAIR, '--shapes', '--ablate', '1'], '--ablate needs a pair'],
  [
    [...PAIR, '--names', 'encoder.layer.*.attention.self.prob', '--shapes'],
    'Near: encoder.layer.*.attention.self.probs',
  ],
])('%j is refused before anything is loaded', async (args, message) => {
  const parsed = await parseArguments(['trace', ...args], 100);
  const run = parsed.kind === 'run' ? parsed.run(createIo(new AbortController().signal)) : undefined;
  await expect(run).rejects.toThrow(message);
  await expect(run).rejects.toBeInstanceOf(InputError);
});

test.each([
  ['12', '--ablate 12 is not in this model: use LAYER (0 to 11) or LAYER.HEAD (0 to 11).'],
  ['x', '--ablate x is not in this model'],
])('--ablate %s is refused', async (place, message) => {
  const { code, stdout, stderr } = await runCli([
    'trace',
    '--backend',
    'wasm',
    '--quiet',
    ...PAIR,
    '--ablate',
    place,
  ]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});
