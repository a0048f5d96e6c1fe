import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../dist/cli/arguments.js';

/** The options that a command gets from a command line. */
async function optionsOf(...args: string[]): Promise<Record<string, unknown>> {
  const parsed = await parseArguments(args, 100);
  return parsed.kind === 'run' ? { ...parsed.options } : {};
}

describe.each(['rerank', 'inspect'])('the documents of %s are all read, in their order', (command) => {
  test.each([
    ['--document A B', ['A', 'B']],
    ['A --document B', ['A', 'B']],
    ['--document A --document B', ['A', 'B']],
    ['A --document B C --document=D E', ['A', 'B', 'C', 'D', 'E']],
    ['--document A --model m B --quiet C --no-verbose D --quiet false E', ['A', 'B', 'C', 'D', 'E']],
    ['--maxLength 9 A --document q', ['A', 'q']],
    [
      '--document=-x -7 --document -5 --document= -- -D --document',
      ['-x', '-7', '-5', '', '-D', '--document'],
    ],
    [`--document ${command} ${command}`, [command, command]],
    ['', []],
  ])('%s', async (line, document) => {
    const rest = line === '' ? [] : line.split(' ');
    expect(await optionsOf(command, '--query', 'q', ...rest)).toMatchObject({ document, query: 'q' });
  });

  test('options before the command, and a query that is its name', async () => {
    const given = await optionsOf('--query', command, '--document', 'A', command, 'B');
    expect(given).toMatchObject({ query: command, document: ['A', 'B'] });
  });

  test.each([[['--document']], [['--document', '--quiet']], [['--document', '--', 'A']]])(
    '%j has no text',
    async (rest) => {
      await expect(optionsOf(command, '--query', 'q', ...rest)).rejects.toThrow(
        'Not enough arguments following: document',
      );
    },
  );
});

test.each(['tokenize', 'trace'])('%s has one document: the last one counts', async (command) => {
  const given = await optionsOf(command, '--query', 'q', '--document', 'A', '--document', 'B');
  expect(given.document).toBe('B');
});

test.each([
  ['rerank --query q --top-n 2 --top-n 1', 'topN', 1],
  ['rerank --query q --top-n 1 --top-n=1 --topN 1', 'topN', 1],
  ['search q --corpus c --candidates 1 --candidates 30', 'candidates', 30],
  ['search q --corpus c --min-calibrated-score 0.5 --min-calibrated-score 1', 'minCalibratedScore', 1],
  ['calibrate --input i --out o --precision 0.8 --precision 1', 'precision', 1],
  ['serve --port 2 --port 1', 'port', 1],
  ['serve --shutdown-delay 5 --shutdown-delay 1', 'shutdownDelay', 1],
  ['serve --max-connections 5 --max-connections 1', 'maxConnections', 1],
  ['serve --hang-timeout 5 --hang-timeout 1', 'hangTimeout', 1],
])('%s: the last number counts', async (line, name, value) => {
  expect((await optionsOf(...line.split(' ')))[name]).toBe(value);
});

test.each([
  [
    ['rerank', '--query', 'q', '--min-calibrated-score', 'x'],
    '--min-calibrated-score must be a number from 0 to 1, not NaN.',
  ],
  [
    ['search', 'q', '--corpus', 'c', '--min-calibrated-score', '2'],
    '--min-calibrated-score must be a number from 0 to 1, not 2.',
  ],
  [['rerank', '--query', 'q', '--top-n', ''], '--top-n must be a whole number from 1 on.'],
  [['rerank', '--query', 'q', '--top-n'], 'Not enough arguments following: top-n'],
  [['serve', '--port', ''], '--port must be a whole number from 0 to 65535, not NaN.'],
  [
    ['calibrate', '--input', 'i', '--out', 'o', '--precision', '0'],
    '--precision is 0; it must be above 0 and at most 1.',
  ],
])('%j: what is no such number is refused', async (args, message) => {
  await expect(optionsOf(...args)).rejects.toThrow(message);
});

test.each([
  [['models', 'list', '--names', 'a/b'], 'names'],
  [['models', 'remove', 'a/b', '--names=c/d'], 'names=c/d'],
  [['pull', 'a/b', '--models', 'c/d'], 'models'],
  [['pull', 'a/b', '--', 'c/d'], 'c/d'],
  [['score', '--', 'pairs.jsonl'], 'pairs.jsonl'],
  [['tokenize', '--query', 'q', '--document', 'A', 'B'], 'B'],
  [['trace', '--query', 'q', '--document', 'A', '--names', 'x', 'y'], 'y'],
  [['convert', '--out', 'o', '--keep-vocabulary', 'a', 'b'], 'b'],
])('%j: arguments that would be lost are refused', async (args, lost) => {
  await expect(optionsOf(...args)).rejects.toThrow(`Unknown argument: ${lost}\n`);
});
