import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, runCli } from '../../support/run-cli.js';
import { temporaryFile, temporaryFolder, tinyModel } from '../../support/tiny-model.js';

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

/** The first pairs of the embedded model's reference, with changes; `verify` itself is for all pairs. */
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

test('goldens that cannot be compared', async () => {
  const model = tinyModel();
  const run = async (...args: string[]) => {
    const { code, stderr } = await runCli(['verify', '--quiet', '--model', model, ...args]);
    return { code, stderr };
  };
  expect(await run()).toEqual({
    code: 2,
    stderr: expect.stringMatching(
      /reference\.json does not exist: this model has no reference\.\n.*--golden FILE/,
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
    stderr: expect.stringContaining('The golden is of another model.'),
  });
  const report = path.join(temporaryFile('a-file', ''), 'report.json');
  const mine = { provenance: {}, pairs: [{ input_ids: [0, 8, 2], logit: 1 }] };
  expect(
    await run('--golden', temporaryFile('golden.json', JSON.stringify(mine)), '--report', report),
  ).toEqual({ code: 4, stderr: expect.stringContaining(`${report} cannot be written`) });
  expect(existsSync(report)).toBe(false);
});

/** A golden of the tiny model with one pair and its activations; `change` may falsify the numbers. */
function tinyGoldenWithActivations(change: (file: Buffer, dtype: string) => void = () => {}): string {
  const folder = temporaryFolder();
  const fixture = path.join(ROOT, 'test/fixtures/tiny');
  for (const dtype of ['float32', 'float64']) {
    const bytes = readFileSync(path.join(fixture, `longest.${dtype}.safetensors`));
    change(bytes, dtype);
    writeFileSync(path.join(folder, `0.${dtype}.safetensors`), bytes);
  }
  const { batches } = JSON.parse(readFileSync(path.join(fixture, 'golden.json'), 'utf8'));
  const longest = batches.find(({ name }: { name: string }) => name === 'longest');
  const pair = {
    input_ids: longest.input_ids[0],
    logits: longest.logits[0],
    logits_float64: longest.logits_float64[0],
    activations: { float32: '0.float32.safetensors', float64: '0.float64.safetensors' },
  };
  const file = path.join(folder, 'golden.json');
  writeFileSync(file, JSON.stringify({ provenance: {}, pairs: [pair] }));
  return file;
}

test('activations compared with the reference, layer by layer', async () => {
  const report = path.join(temporaryFolder(), 'report.json');
  const { code, stdout } = await runCli([
    ...['verify', '--quiet', '--model', tinyModel()],
    ...['--golden', tinyGoldenWithActivations(), '--report', report],
  ]);
  expect(stdout).toMatch(/^activations +max +mean +p99\.9 +cosine +allowed$/m);
  expect(stdout).toMatch(/^encoder\.layer\.1( +\d\.\d\de-\d+){3} {2}1\.0000000 +\d\.\de-\d+$/m);
  expect(stdout).toMatch(/^first one off +all 31 activations within tolerance$/m);
  expect(code).toBe(0);
  const { activations } = JSON.parse(readFileSync(report, 'utf8'));
  expect(activations).toHaveLength(31);
  expect(activations[0]).toMatchObject({ name: 'embeddings.word_embeddings', within: true, by_pair: [0] });
});

test('the first activation outside the tolerance is named, with its likely cause', async () => {
  const golden = tinyGoldenWithActivations((bytes, dtype) => {
    const headerBytes = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes));
    for (const name of ['encoder.layer.1.intermediate.activation', 'classifier.dense']) {
      const at = 8 + headerBytes + header[name].data_offsets[0];
      if (dtype === 'float64') {
        bytes.writeDoubleLE(bytes.readDoubleLE(at) + 0.01, at);
      } else {
        bytes.writeFloatLE(bytes.readFloatLE(at) + 0.01, at);
      }
    }
  });
  const { code, stdout } = await runCli([
    ...['verify', '--quiet', '--model', tinyModel(), '--golden', golden],
  ]);
  expect(stdout).toMatch(
    /^first one off +encoder\.layer\.1\.intermediate\.activation, pair 0\. Likely: the GELU: .* 1 of 39 rows are off, the first is row 0\.$/m,
  );
  expect(stdout).toMatch(/^encoder\.layer\.1 .* 1 of 12 off$/m);
  expect(code).toBe(3);
});

test('setups compared with each other, each in a process of its own', async () => {
  const report = path.join(temporaryFolder(), 'report.json');
  const pairs = temporaryFile(
    'pairs.jsonl',
    ['an', 'he in', 'an an he'].map((document) => `${JSON.stringify({ query: 'he', document })}\n`).join(''),
  );
  const { code, stdout } = await runCli([
    ...['verify', '--quiet', '--model', tinyModel(), '--compare', 'cpu,wasm,cpu'],
    ...['--input', pairs, '--report', report],
  ]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/, 3 pairs, compared with cpu float32$/m);
  expect(stdout).toMatch(/^wasm float32 +max +mean +p99\.9 +cosine$/m);
  expect(stdout).toMatch(
    /^cpu float32 +max(.*\n)+encoder\.layer\.1 +0\.00e\+0 +0\.00e\+0 +0\.00e\+0 {2}1\.0000000$/m,
  );
  expect(stdout).toContain('0 changes of order among pairs of one query');
  expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
    reference: { backend: 'cpu', dtype: 'float32' },
    setups: [{ backend: 'wasm', order_changes: [] }, { backend: 'cpu' }],
    rows: [{ index: 0, query: 'he', document: 'an', reference_logits: [expect.any(Number)] }, {}, {}],
  });
});

test('invalid setups', async () => {
  const run = async (setups: string) => {
    const { code, stderr } = await runCli(['verify', '--quiet', '--model', tinyModel(), '--compare', setups]);
    return { code, stderr };
  };
  expect(await run('cpu')).toEqual({ code: 2, stderr: expect.stringContaining('at least two setups') });
  expect(await run('cpu,gpu')).toEqual({ code: 2, stderr: expect.stringContaining('--compare has "gpu"') });
});
