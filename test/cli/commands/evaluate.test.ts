import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCli } from '../../support/run-cli.js';

const folder = mkdtempSync(path.join(tmpdir(), 'evaluate-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

const qrels = write('qrels.txt', 'q1 0 a 1\nq2 0 b 2\nq2 0 c 1\nq3 0 a 1\n');
const run = write('bm25.run', 'q1 Q0 a 1 2 x\nq2 Q0 a 1 3 x\nq2 Q0 c 2 2 x\nq9 Q0 a 1 1 x\n');

test('evaluate prints the means, and with --per-query each query', async () => {
  const args = ['evaluate', '--qrels', qrels, '--run', run, '--measures', 'RR@10 P@5'];
  const means = await runCli(args);
  expect(means).toEqual({
    code: 0,
    stdout: 'query   RR@10     P@5\nall 3  0.5000  0.1333\n',
    stderr: '1 query without results: 0 in the mean.\n1 query without judgments: left out.\n',
  });
  const { stdout } = await runCli([...args, '--per-query', '--quiet']);
  expect(stdout).toBe(
    'query   RR@10     P@5\nq1     1.0000  0.2000\nq2     0.5000  0.2000\nq3     0.0000  0.0000\nall 3  0.5000  0.1333\n',
  );
});

test('evaluate --format json has means and queries, unrounded', async () => {
  const { stdout } = await runCli(['evaluate', '--qrels', qrels, '--run', run, '--format', 'json']);
  const { measures, queries } = JSON.parse(stdout);
  expect(Object.keys(measures)).toEqual(['nDCG@10', 'AP', 'RR@10', 'P@5', 'R@100']);
  expect(queries.q2['nDCG@10']).toBeCloseTo(1 / Math.log2(3) / (2 + 1 / Math.log2(3)), 12);
  expect(measures.AP).toBeCloseTo((1 + 1 / 4 + 0) / 3, 12);
});

test('evaluate reads one of the files from stdin', async () => {
  const { stdout } = await runCli(
    ['evaluate', '--qrels', qrels, '--run', '-', '--measures', 'RR', '--quiet'],
    'q1 Q0 a 1 2 x\r\n',
  );
  expect(stdout).toBe('query      RR\nall 3  0.3333\n');
});

test.each([
  ['', 'There is no measure.', qrels, run],
  ['nDCG@10 MRR', '"MRR" is not a measure. Measures are nDCG', qrels, run],
  [
    'AP',
    'run2 line 2: Document "a" is there twice for query "q1".',
    qrels,
    write('run2', 'q1 Q0 a 1 2 x\nq1 Q0 a 2 1 x'),
  ],
  ['AP', 'empty has no rows.', write('empty', ''), run],
  ['AP', 'has results in', qrels, write('other.run', 'p Q0 a 1 2 x')],
  ['AP', 'does not exist.', path.join(folder, 'missing'), run],
  ['AP', 'latin1 line 1: ', qrels, write('latin1', '')],
])('evaluate --measures %j: %s', async (measures, message, qrelsFile, runFile) => {
  if (runFile.endsWith('latin1')) writeFileSync(runFile, Buffer.from('q1 Q0 \xe9 1 2 x', 'latin1'));
  const { code, stdout, stderr } = await runCli([
    'evaluate',
    '--qrels',
    qrelsFile,
    '--run',
    runFile,
    '--measures',
    measures,
  ]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('evaluate without files says what it needs', async () => {
  const { code, stderr } = await runCli(['evaluate', '--qrels', qrels]);
  expect(code).toBe(2);
  expect(stderr).toContain('evaluate needs --qrels and --run, or --beir, or --candidates.');
});

test.each(['--model', '--rerank', '--trec-out'])('evaluate %s without --beir is refused', async (option) => {
  const { code, stderr } = await runCli(['evaluate', '--qrels', qrels, '--run', run, option, '5']);
  expect(code).toBe(2);
  expect(stderr).toContain(`${option} needs --beir`);
});
