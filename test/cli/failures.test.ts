import { chmodSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { describeFailure, EXIT, Interruption, UsageError } from '../../dist/cli/exit-codes.js';
import * as errors from '../../dist/errors/errors.js';
import { ROOT, runCli, runProcess } from '../support/run-cli.js';
import { temporaryFolder, tinyModel } from '../support/tiny-model.js';

const isRoot = process.getuid?.() === 0;

/** Runs `score` with a model folder and returns its message: one to three lines, no stack, nothing on stdout. */
async function loadFails(model: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(
    ['score', '--model', model, ...args],
    '{"query":"q","document":"d"}\n',
  );
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
  expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr;
}

/** A tiny model with one changed file. */
function broken(name: string, change: (content: Buffer) => string | Uint8Array): string {
  const model = tinyModel();
  const file = path.join(model, name);
  writeFileSync(file, change(readFileSync(file)));
  return model;
}

/** A safetensors file with its header changed and its length right. */
function changeHeader(content: Buffer, change: (header: string) => string): Buffer {
  const end = 8 + Number(content.readBigUInt64LE());
  const header = Buffer.from(change(content.toString('utf8', 8, end)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, content.subarray(end)]);
}

test('no such folder; a name of the hub', async () => {
  expect(await loadFails('/nowhere')).toContain('/nowhere does not exist.');
  // The tests run with HF_HUB_OFFLINE.
  expect(await loadFails('BAAI/bge-reranker-base')).toContain('tfjs-reranker pull BAAI/bge-reranker-base');
});

test('a file instead of the folder', async () => {
  expect(await loadFails(path.join(ROOT, 'package.json'))).toContain('is not a folder');
});

test('a folder that may not be read', async (context) => {
  context.skip(isRoot, 'root may read everything');
  const model = tinyModel();
  chmodSync(model, 0o000);
  try {
    expect(await loadFails(model)).toContain('permission denied');
  } finally {
    chmodSync(model, 0o700);
  }
});

test('an empty folder', async () => {
  expect(await loadFails(temporaryFolder())).toContain('config.json is missing');
});

test('a config that is no JSON, or of another architecture', async () => {
  expect(await loadFails(broken('config.json', () => '{"architectures":'))).toContain(
    'config.json is not JSON',
  );
  const bert = broken('config.json', (config) => config.toString().replace('XLMRobertaFor', 'BertFor'));
  expect(await loadFails(bert)).toContain('only ["XLMRobertaForSequenceClassification"] is supported');
});

test('a config of another model', async () => {
  const wider = broken('config.json', (config) =>
    config.toString().replace('"intermediate_size": 40', '"intermediate_size": 48'),
  );
  expect(await loadFails(wider)).toMatch(/has shape \[.*40.*\]; config\.json asks for \[.*48.*\]/);
  const deeper = broken('config.json', (config) =>
    config.toString().replace('"num_hidden_layers": 2', '"num_hidden_layers": 3'),
  );
  expect(await loadFails(deeper)).toContain('roberta.encoder.layer.2');
});

test('a tokenizer that is no JSON, or missing parts', async () => {
  expect(await loadFails(broken('tokenizer.json', () => 'no'))).toContain('tokenizer.json is not JSON');
  expect(await loadFails(broken('tokenizer.json', () => '{}'))).toContain('tokenizer.json');
});

test('bytes of a config or a tokenizer that are not UTF-8', async () => {
  const spoiled = (name: string) =>
    broken(name, (content) =>
      Buffer.concat([Buffer.from('{\n"a": "caf\xe9",', 'latin1'), content.subarray(1)]),
    );
  for (const name of ['config.json', 'tokenizer.json']) {
    expect(await loadFails(spoiled(name))).toMatch(
      new RegExp(`${name.replace('.', '\\.')} line 2: byte 10 of the line: the byte 0xE9 is not UTF-8`),
    );
  }
});

test('weights that are cut off, empty, or no safetensors', async () => {
  const model = tinyModel();
  truncateSync(path.join(model, 'model.safetensors'), 20_000);
  expect(await loadFails(model)).toContain('model.safetensors');
  expect(await loadFails(broken('model.safetensors', () => ''))).toContain('model.safetensors');
  expect(await loadFails(broken('model.safetensors', () => 'PK\u0003\u0004 a zip file'))).toContain(
    'model.safetensors',
  );
});

test('a header with wild offsets, a wild length, and no JSON', async () => {
  const wild = broken('model.safetensors', (content) =>
    changeHeader(content, (header) =>
      header.replace(/"data_offsets":\[\d+,\d+\]/, '"data_offsets":[1e15,2e15]'),
    ),
  );
  expect(await loadFails(wild)).toContain('model.safetensors');
  const long = broken('model.safetensors', (content) => {
    content.writeBigUInt64LE(2n ** 63n);
    return content;
  });
  expect(await loadFails(long)).toContain('model.safetensors');
  const text = broken('model.safetensors', (content) => changeHeader(content, () => 'no JSON at all'));
  expect(await loadFails(text)).toContain('model.safetensors');
});

test('a backend that cannot start says what was tried', async () => {
  // A process of its own: this one may run another backend already.
  const args = ['score', '--model', tinyModel(), '--backend', 'node', '--quiet'];
  const { code, stderr } = await runProcess(args);
  // If the native binding is built here, the backend starts, which is fine too.
  expect(code === 0 ? 'it starts' : `${code}: ${stderr}`).toMatch(
    /^it starts$|^4: Backend "node" could not start\. Tried: /,
  );
});

test('--verbose shows where an error comes from and what caused it', async () => {
  const { code, stderr } = await runCli(['score', '--model', '/nowhere', '--verbose']);
  expect(code).toBe(4);
  expect(stderr).toMatch(/^The model folder \/nowhere does not exist\.\n {4}at .*\ncaused by Error: ENOENT/s);
});

test('every error of the library has its exit code', () => {
  const codeOf = (error: unknown): number => describeFailure(error, false).code;
  expect({
    usage: codeOf(new UsageError('')),
    input: codeOf(new errors.InputError('')),
    long: codeOf(new errors.SequenceTooLongError('', 2, 1)),
    config: codeOf(new errors.ConfigError('')),
    tokenizer: codeOf(new errors.TokenizationError('')),
    format: codeOf(new errors.WeightFormatError('', '')),
    missing: codeOf(new errors.WeightNotFoundError('')),
    shape: codeOf(new errors.WeightShapeError('', '', [], [])),
    backend: codeOf(new errors.BackendUnavailableError('')),
    hub: codeOf(new errors.HubError('', 'offline')),
    changed: codeOf(new errors.ModelChangedError('', [])),
    ours: codeOf(new errors.InternalError('')),
    unknown: codeOf('thrown'),
    interrupted: codeOf(new Interruption(130)),
    closed: codeOf(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  }).toEqual({
    usage: EXIT.input,
    input: EXIT.input,
    long: EXIT.input,
    config: EXIT.environment,
    tokenizer: EXIT.environment,
    format: EXIT.environment,
    missing: EXIT.environment,
    shape: EXIT.environment,
    backend: EXIT.environment,
    hub: EXIT.environment,
    changed: EXIT.environment,
    ours: EXIT.bug,
    unknown: EXIT.bug,
    interrupted: 130,
    closed: EXIT.ok,
  });
});

test('a message has at most three lines; a bug says that it is one', () => {
  expect(describeFailure(new errors.ConfigError('a\nb\nc\nd'), false).message).toBe('a\nb\nc');
  expect(describeFailure(new TypeError('x is not a function'), false).message).toBe(
    'This is a bug: x is not a function\nRun it again with --verbose for the stack.',
  );
  expect(describeFailure(new errors.InputError('\x1b[31mred'), false).message).toBe('␛[31mred');
});
