import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { BACKENDS } from '../../dist/kernels/names.js';
import { ROOT, runCli } from '../support/run-cli.js';

const COMMANDS = [
  'rerank',
  'search',
  'score',
  'tokenize',
  'inspect',
  'trace',
  'serve',
  'verify',
  'evaluate',
  'calibrate',
  'bench',
  'convert',
  'demo',
  'pull',
  'models',
  'setup-native',
  'doctor',
];

test('--help names every command and the exit codes, on stdout', async () => {
  const { code, stdout, stderr } = await runCli(['--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const command of COMMANDS) {
    expect(stdout).toContain(`tfjs-reranker ${command}`);
  }
  expect(stdout).toMatch(/Exit codes: 0 .* 1 .* 2 .* 3\n? ?.* 4 .* 130/s);
});

/** The common options in the help of each command, which it must accept. */
const MODEL = ['model', 'locked'];
const TOKENS = [...MODEL, 'max-length', 'truncation', 'truncation-side'];
const RUN = [...TOKENS, 'backend', 'dtype', 'max-batch-tokens', 'threads'];
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  tokenize: TOKENS,
  convert: [...MODEL, 'backend'],
  pull: ['locked'],
  models: [],
  'setup-native': [],
  doctor: ['model'],
};

test.each(COMMANDS)(
  '%s accepts the options that have an effect; its help lists those and has an example',
  async (command) => {
    const { code, stdout, stderr } = await runCli([command, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`Examples:\n.*tfjs-reranker ${command}`));
    const taken = TAKEN[command] ?? RUN;
    expect(RUN.filter((option) => stdout.includes(`\n  --${option} `))).toEqual(taken);
    expect(stdout).toMatch(/\n {2}--quiet .*\n(?:.*\n)*? {2}--verbose /);
    if (taken.includes('model')) expect(stdout).toContain('[default: the embedded mini-en-zh]');
    if (taken === RUN) expect(stdout).toContain('[default: 512, on node 1024 (int8 2048), on webgpu 4096]');
    for (const backend of taken.includes('backend') ? BACKENDS : []) {
      expect(stdout).toContain(`"${backend}"`);
    }
  },
);

test.each([
  ['models', '--dtype', 'int8'],
  ['doctor', '--truncation', 'only_second'],
  ['pull', 'owner/name', '--backend', 'node'],
  ['convert', '--out', 'folder', '--max-length', '9'],
  ['tokenize', '--query', 'q', '--document', 'd', '--threads', '2'],
  ['setup-native', '--model', 'folder'],
])('%s %s: an option of other commands is refused by name', async (...args) => {
  const option = args.at(-2)?.slice(2);
  expect(await runCli(args)).toEqual({
    code: 2,
    stdout: '',
    stderr:
      `${args[0]} has no --${option}: that is for commands that run a model.\n` +
      `Help: tfjs-reranker ${args[0]} --help\n`,
  });
});

test('--version is that of package.json', async () => {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  [
    [],
    'No command given. Commands: rerank, search, score, tokenize, inspect, trace, serve, verify, evaluate, calibrate, bench, convert, demo, pull, models, setup-native, doctor.',
    '',
  ],
  [['rank'], 'Unknown command: rank', ''],
  [['score', '--frob'], 'Unknown argument: frob', 'score '],
  [['score', 'pairs.jsonl'], 'Unknown argument: pairs.jsonl', 'score '],
  [['score', '--input'], 'Not enough arguments following: input', 'score '],
  [['tokenize', '--query', 'q'], 'Missing required argument: document', 'tokenize '],
  [
    ['rerank', '--backend', 'gpu'],
    'Invalid values: Argument: backend, Given: "gpu", Choices: "auto", "node", "webgpu", "wasm", "cpu"',
    'rerank ',
  ],
  [['rerank', '--top-n', '1.5'], '--top-n must be a whole number from 1 on, not 1.5.', 'rerank '],
  [['verify', '--max-length', 'long'], '--max-length must be a whole number from 1 on.', 'verify '],
])('%j is refused in two lines', async (args, message, command) => {
  expect(await runCli(args)).toEqual({
    code: 2,
    stdout: '',
    stderr: `${message}\nHelp: tfjs-reranker ${command}--help\n`,
  });
});
