import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../dist/engine/model.js';
import { openModel } from '../../dist/engine/open.js';
import type { ScoreInput } from '../../dist/engine/types.js';
import { type Golden, parseGolden } from '../../dist/parity/golden.js';
import { Reranker } from '../../dist/reranker/reranker.js';
import { softmax } from '../../dist/reranker/scores.js';
import { ROOT } from '../support/fixtures.js';
import { runCli } from '../support/run-cli.js';
import { temporaryFile, tinyModel, writeTinyModel } from '../support/tiny-model.js';

const FILE = path.join(ROOT, 'test/fixtures/tiny-3-labels/golden.json');

/** scripts/reference/make_texts.py: ids by Python `tokenizers`, logits by transformers. */
describe('single texts, and pairs, with a classifier of three labels', () => {
  let golden: Golden;
  let inputs: ScoreInput[];
  let scorer: Model;
  beforeAll(async () => {
    golden = parseGolden(readFileSync(FILE, 'utf8'), FILE);
    inputs = golden.pairs.map(({ input }) => input as ScoreInput);
    const folder = writeTinyModel(mkdtempSync(path.join(os.tmpdir(), 'tfjs-reranker-')), 'tiny-3-labels');
    scorer = await openModel(folder, { backend: 'cpu' });
    rmSync(folder, { recursive: true });
  });
  afterAll(() => scorer?.dispose());

  test('the golden has both', () => {
    expect(inputs.map((input) => typeof input)).toEqual([...Array(4).fill('string'), 'object', 'object']);
  });

  test('ids are those of Python', () => {
    const ids = scorer.encodeIds(inputs).map((inputIds) => [...inputIds]);
    expect(ids).toEqual(golden.pairs.map(({ inputIds }) => inputIds));
  });

  test('classify gives the logits of transformers, and reports what was cut', async () => {
    const classes = await new Reranker(scorer).classify(inputs);
    for (const [i, { logits, labelScores }] of classes.entries()) {
      for (const [label, logit] of logits.entries()) {
        expect(Math.abs(logit - (golden.pairs[i]?.logitsFloat64?.[label] as number))).toBeLessThan(1e-5);
      }
      expect(Object.values(labelScores)).toEqual(softmax(logits));
    }
    expect(classes[1]?.usage).toEqual({ tokens: 5, queryTokensCut: 0, documentTokensCut: 0 });
    const { tokens, documentTokensCut } = classes[3]?.usage ?? {};
    expect(tokens).toBe(39);
    expect(documentTokensCut).toBe(scorer.tokenizer.encode(inputs[3] as string).length - 37);
  });

  test('a text has the same logits alone, beside others and without padding', async () => {
    const reranker = new Reranker(scorer);
    const [alone] = await reranker.classify(['the end']);
    const [, , beside] = await reranker.classify([inputs[3] as string, '', 'the end']);
    for (const [label, logit] of (alone?.logits ?? []).entries()) {
      expect(beside?.logits[label]).toBeCloseTo(logit, 5);
    }
  });
});

test('verify reads single texts from a golden', async () => {
  const model = tinyModel('tiny-3-labels');
  const good = await runCli(['verify', '--model', model, '--golden', FILE]);
  expect(good.stdout).toMatch(/token ids +identical[\s\S]*PASSED: all 6 pairs/);
  expect(good.code).toBe(0);
  const changed = JSON.parse(readFileSync(FILE, 'utf8'));
  changed.pairs[1].text = 'the end he';
  const bad = await runCli([
    ...['verify', '--model', model, '--golden', temporaryFile('golden.json', JSON.stringify(changed))],
  ]);
  expect(bad.stdout).toContain('differ in 1 of 6 pairs (1)');
  expect(bad.code).toBe(3);
});
