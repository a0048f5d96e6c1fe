import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { BACKENDS } from '../../dist/kernels/backend.js';
import { ROOT, runCli } from '../support/run-cli.js';

const COMMANDS = [
  'rerank',
  'score',
  'tokenize',
  'inspect',
  'trace',
  'serve',
  'verify',
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

test.each(COMMANDS)(
  'the help of %s has an example, the common options and their defaults',
  async (command) => {
    const { code, stdout, stderr } = await runCli([command, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`Examples:\n.*tfjs-reranker ${command}`));
    expect(stdout).toContain('[default: 512, on node 1024 (int8 2048), on webgpu 4096]');
    expect(stdout).toContain('[default: the embedded mini-en-zh]');
    for (const backend of BACKENDS) {
      expect(stdout).toContain(`"${backend}"`);
    }
  },
);

test('--version is that of package.json', async () => {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  [
    [],
    'There is no command; it is one of rerank, score, tokenize, inspect, trace, serve, verify, bench, convert, demo, pull, models, setup-native, doctor.',
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
