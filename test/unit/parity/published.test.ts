import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatPublished } from '../../../src/cli/published.js';
import { parseModelConfig } from '../../../src/config/model-config.js';
import { InputError } from '../../../src/errors.js';
import { checkPublished, type PublishedScorer } from '../../../src/parity/published.js';
import { PUBLISHED_MODELS, type PublishedPair } from '../../../src/parity/published-pairs.js';
import type { TextPair } from '../../../src/reranker/scorer.js';
import { PairTokenizer } from '../../../src/text/tokenizer.js';
import { ROOT } from '../../support/fixtures.js';

const SHARED = path.join(ROOT, '../shared');
const VOCABULARY = path.join(SHARED, 'tokenizers/bge-reranker-base');
const FACTS = path.join(SHARED, 'data/published-scores.json');

const CONFIG = {
  architectures: ['XLMRobertaForSequenceClassification'],
  vocab_size: 250_002,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 514,
  layer_norm_eps: 1e-5,
  pad_token_id: 1,
  type_vocab_size: 1,
  id2label: { 0: 'LABEL_0' },
};
const LARGE = { hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, intermediate_size: 4096 };

/** What a model says that gives the published numbers, but for `error`. */
function fakeScorer(sizes: object, { error = 0, wrongIds = false } = {}): PublishedScorer {
  const known = PUBLISHED_MODELS.flatMap(({ pairs }) => [...pairs]);
  const config = parseModelConfig({ ...CONFIG, ...sizes }, 'config.json');
  const { maxSequenceLength, hiddenSize } = config;
  const own = PUBLISHED_MODELS.find(
    (model) => model.maxSequenceLength === maxSequenceLength && model.hiddenSize === hiddenSize,
  )?.pairs;
  const idsOf = ({ query, document }: TextPair): readonly number[] =>
    known.find((pair) => pair.query === query && pair.document === document)?.inputIds ?? [];
  return {
    info: { config },
    encode: (pairs) =>
      pairs.map((pair) => ({ inputIds: Int32Array.from(wrongIds ? [0, 2, 2, 2] : idsOf(pair)) })),
    scoreIds: async (sequences) => sequences.map((_, i) => [logitOf(own?.[i] as PublishedPair) + error]),
  };
}

function logitOf(pair: PublishedPair): number {
  return 'logit' in pair ? pair.logit : Math.log(pair.score / (1 - pair.score));
}

describe('published scores', () => {
  test.each([
    ['BAAI/bge-reranker-base', {}, 7],
    ['BAAI/bge-reranker-large', LARGE, 10],
    ['BAAI/bge-reranker-v2-m3', { ...LARGE, max_position_embeddings: 8194 }, 6],
  ])('%s is known by its sizes, and its numbers pass', async (name, sizes, count) => {
    const report = await checkPublished(fakeScorer(sizes));
    expect(report.model.name).toBe(name);
    expect(report.rows).toHaveLength(count);
    expect(report.passed).toBe(true);
    expect(formatPublished(report)).toMatch(
      new RegExp(`PASSED: all ${count} published numbers of ${name}\n$`),
    );
  });

  test('a logit beyond its own tolerance fails, and only that', async () => {
    const report = await checkPublished(fakeScorer({}, { error: 5e-4 }));
    expect(report.passed).toBe(false);
    // Three logits are known to 1e-4, two to 1e-3, and two scores to 4e-3.
    expect(report.rows.map(({ passed }) => passed)).toEqual([false, false, false, true, true, true, true]);
    expect(formatPublished(report)).toMatch(/^FAIL .* apart 5\.0e-4, allowed 1e-4/m);
    expect(formatPublished(report)).toMatch(/FAILED: 3 of 7 published numbers of BAAI\/bge-reranker-base/);
  });

  test('other token ids fail, whatever the logits are', async () => {
    const report = await checkPublished(fakeScorer({}, { wrongIds: true }));
    expect(report.rows.every(({ passed, idsMatch }) => !passed && !idsMatch)).toBe(true);
    expect(formatPublished(report)).toContain('IDS DIFFER');
  });

  test('a logit that is no number fails', async () => {
    expect((await checkPublished(fakeScorer({}, { error: Number.NaN }))).passed).toBe(false);
  });

  test.each([
    ['other sizes', { hidden_size: 384 }],
    ['several labels', { id2label: { 0: 'a', 1: 'b' } }],
  ])('nothing is known of %s', async (_name, sizes) => {
    const call = checkPublished(fakeScorer(sizes));
    await expect(call).rejects.toThrow(InputError);
    await expect(call).rejects.toThrow(
      /Known: BAAI\/bge-reranker-base \(12 layers, hidden 768, 512 tokens\)/,
    );
  });

  test('the ids are those of the real vocabulary', (context) => {
    const file = path.join(VOCABULARY, 'tokenizer.json');
    if (!existsSync(file)) return context.skip(`${file} is absent`);
    const tokenizer = PairTokenizer.parse(JSON.parse(readFileSync(file, 'utf8')), undefined, VOCABULARY);
    for (const { query, document, inputIds } of PUBLISHED_MODELS.flatMap(({ pairs }) => [...pairs])) {
      const pair = tokenizer.encodePair(query, document, { maxLength: 512, truncation: 'longest_first' });
      expect([...pair.inputIds], `${query} | ${document}`).toEqual(inputIds);
    }
  });

  test('the numbers are those that were collected', (context) => {
    if (!existsSync(FACTS)) return context.skip(`${FACTS} is absent`);
    const { pairs } = JSON.parse(readFileSync(FACTS, 'utf8')) as { pairs: Record<string, unknown>[] };
    const ours = PUBLISHED_MODELS.flatMap(({ name, pairs }) =>
      pairs.map(({ inputIds: _, ...pair }) => ({ model: name, ...pair })),
    );
    expect(ours).toEqual(pairs);
  });
});
