import { expect, test } from 'vitest';
import { DEMO_PASSAGES, DEMO_QUESTIONS } from '../../../dist/cli/demo-set.js';
import { runCli } from '../../support/run-cli.js';
import { tinyModel } from '../../support/tiny-model.js';

test('the set has the promised size and languages', () => {
  expect(DEMO_QUESTIONS.length).toBeGreaterThanOrEqual(8);
  const count = (wanted: string): number => DEMO_QUESTIONS.filter(({ kind }) => kind === wanted).length;
  expect(count('en')).toBeGreaterThanOrEqual(3);
  expect(count('zh')).toBeGreaterThanOrEqual(3);
  expect(count('cross-lingual')).toBeGreaterThanOrEqual(2);
  const ids = DEMO_PASSAGES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { expected } of DEMO_QUESTIONS) {
    expect(ids).toContain(expected);
  }
});

test('a random model fails the demo: three passages for each question, its marks, and what to try next', async () => {
  const { code, stdout } = await runCli(['demo', '--model', tinyModel(), '--quiet']);
  expect(code).toBe(1);
  expect(stdout.match(/^ {3}[123] {2}/gm)).toHaveLength(3 * DEMO_QUESTIONS.length);
  const right = stdout.match(/✓ right$/gm)?.length ?? 0;
  expect(stdout.match(/✗ wrong$/gm)).toHaveLength(DEMO_QUESTIONS.length - right);
  expect(stdout).toContain(`${right} of ${DEMO_QUESTIONS.length} right.`);
  expect(stdout).toMatch(/pairs per second on \w+\.\n\nTry next:\n {2}node dist\/cli\/main\.js rerank /);
});
