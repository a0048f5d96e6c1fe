import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatPublished } from '../../dist/cli/commands/verify-published.js';
import type { TextPair } from '../../dist/engine/types.js';
import { InputError } from '../../dist/errors/errors.js';
import { parseModelConfig } from '../../dist/model/config/model-config.js';
import { checkPublished } from '../../dist/parity/published.js';
import {
  bfloat16Step,
  PUBLISHED_MODELS,
  type PublishedModel,
  type PublishedPair,
} from '../../dist/parity/published-models.js';
import { PairTokenizer } from '../../dist/tokenizer/tokenizer.js';
import { lacks, outsideData } from '../support/outside-data.js';

const FACTS = 'data/published-scores.json';
const CROSS_ENCODERS = 'data/published-scores-cross-encoders.json';
const TOKENIZERS = ['bge-reranker-base', 'mmarco-mMiniLMv2'];

const BASE = modelOf('BAAI/bge-reranker-base');
const V2_M3 = modelOf('BAAI/bge-reranker-v2-m3');
const MMARCO = modelOf('cross-encoder/mmarco-mMiniLMv2-L12-H384-v1');
const TURKISH = modelOf('seroe/bge-reranker-v2-m3-turkish-triplet');
const EN_RU = modelOf('qilowoq/bge-reranker-v2-m3-en-ru');
const KOREAN = modelOf('dragonkue/bge-reranker-v2-m3-ko');

function modelOf(name: string): PublishedModel {
  return PUBLISHED_MODELS.find((model) => model.name === name) as PublishedModel;
}

interface Fake {
  /** The name of the loaded model; default its own. */
  readonly name?: string;
  /** Added to every logit, or to that of one document. */
  readonly error?: number | ((pair: PublishedPair) => number);
  readonly wrongIds?: boolean;
  readonly config?: object;
}

/** A fake model that gives a published model's numbers, except for the changes. */
function fakeScorer(
  model: PublishedModel,
  { name = model.name, error = 0, wrongIds = false, config = {} }: Fake = {},
): Parameters<typeof checkPublished>[0] {
  const known = [model, ...PUBLISHED_MODELS].flatMap(({ pairs, rankings }) => [...pairs, ...rankings.flat()]);
  const asked: PublishedPair[] = [];
  return {
    info: {
      model: name,
      config: parseModelConfig(
        {
          architectures: ['XLMRobertaForSequenceClassification'],
          vocab_size: model.vocabSize ?? 60_000,
          hidden_size: model.hiddenSize,
          num_hidden_layers: model.numHiddenLayers,
          num_attention_heads: model.hiddenSize % 12 === 0 ? 12 : 16,
          intermediate_size: 4 * model.hiddenSize,
          max_position_embeddings: model.maxSequenceLength + 2,
          layer_norm_eps: 1e-5,
          pad_token_id: 1,
          type_vocab_size: 1,
          id2label: { 0: 'LABEL_0' },
          ...config,
        },
        'config.json',
      ),
    },
    encodeIds: (pairs) =>
      (pairs as readonly TextPair[]).map(({ query, document }) => {
        const pair = known.find((one) => one.query === query && one.document === document) as PublishedPair;
        asked.push(pair);
        const ids = known.find((one) => one.document === document && one.query === query && one.inputIds);
        return Int32Array.from(wrongIds ? [0, 2, 2, 2] : (ids?.inputIds ?? []));
      }),
    scoreSequences: async (sequences) => {
      expect(sequences).toHaveLength(asked.length);
      return asked.map((pair) => [logitOf(pair) + (typeof error === 'number' ? error : error(pair))]);
    },
  };
}

/** Published scores saturate at 1. */
function logitOf(pair: PublishedPair): number {
  if ('logit' in pair) return pair.logit;
  const score = Math.min(pair.score, 1 - 1e-6);
  return Math.log(score / (1 - score));
}

describe('published scores', () => {
  test.each(PUBLISHED_MODELS.map((model) => [model.name, model] as const))(
    '%s is known by its name, and its numbers pass',
    async (name, model) => {
      const report = await checkPublished(fakeScorer(model));
      expect(report.model.name).toBe(name);
      expect(report.rows).toHaveLength(model.pairs.length + 4);
      expect(report.passed).toBe(true);
      expect(formatPublished(report)).toMatch(
        new RegExp(`PASSED: all ${report.rows.length} published numbers of ${name}\n$`),
      );
    },
  );

  test.each([
    ['bge-reranker-v2-m3', V2_M3],
    ['japanese-bge-reranker-v2-m3-v1', modelOf('hotchpotch/japanese-bge-reranker-v2-m3-v1')],
  ])('a folder called %s is the model of that name', async (name, model) => {
    expect((await checkPublished(fakeScorer(model, { name }))).model).toBe(model);
  });

  test('a folder with another name is compared with all models of its sizes; the one that passes is reported', async () => {
    for (const model of PUBLISHED_MODELS) {
      const report = await checkPublished(fakeScorer(model, { name: 'my-model' }));
      expect(report.passed, model.name).toBe(true);
      expect(report.model.name).toBe(model.name);
    }
  });

  test('if none passes, the closest one is reported', async () => {
    const error = (pair: PublishedPair): number => (pair.document.startsWith('Venus') ? 4 : 0);
    const report = await checkPublished(fakeScorer(TURKISH, { name: 'my-model', error }));
    expect(report.model.name).toBe(TURKISH.name);
    expect(report.rows.map(({ passed }) => passed)).toEqual([false, true, true, true]);
    expect(report.passed).toBe(false);
  });

  test('a fine-tune under the name of its original does not pass', async () => {
    const report = await checkPublished(fakeScorer(KOREAN, { name: V2_M3.name }));
    expect(report.model).toBe(V2_M3);
    expect(report.passed).toBe(false);
  });

  test('a logit beyond its own tolerance fails, and only that', async () => {
    const report = await checkPublished(fakeScorer(BASE, { error: 5e-4 }));
    expect(report.passed).toBe(false);
    // Three logits are known to 1e-4, two to 1e-3, two scores to 4e-3, four in bfloat16.
    expect(report.rows.map(({ passed }) => passed)).toEqual([
      ...Array(3).fill(false),
      ...Array(8).fill(true),
    ]);
    expect(formatPublished(report)).toMatch(/^FAIL .* apart 5\.0e-4, allowed 1e-4/m);
    expect(formatPublished(report)).toMatch(
      /FAILED: 3 of 11 published numbers of BAAI\/bge-reranker-base\. These/,
    );
  });

  test.each([
    [0.149, true],
    [-0.149, true],
    [0.151, false],
    [-0.151, false],
  ])('logits in bfloat16, off by %f', async (error, passed) => {
    const report = await checkPublished(fakeScorer(MMARCO, { error }));
    expect(report.passed).toBe(passed);
    expect(report.rows.every((row) => row.passed === passed)).toBe(true);
    expect(formatPublished(report)).toMatch(/logit .*allowed 1\.5e-1 \(bfloat16\) {2}ids identical/);
  });

  test('a score in bfloat16 may be off by 0.03', async () => {
    // Near 0.625 the sigmoid rises by 0.234 a logit.
    const jupiter = (error: number) => (pair: PublishedPair) =>
      pair.document.startsWith('Jupiter') ? error : 0;
    expect((await checkPublished(fakeScorer(TURKISH, { error: jupiter(0.12) }))).passed).toBe(true);
    expect((await checkPublished(fakeScorer(TURKISH, { error: jupiter(0.14) }))).passed).toBe(false);
  });

  test('another best document fails, even if every number is close enough', async () => {
    // Saturn 0.969 and Mars 0.996: 0.027 apart.
    const error = (pair: PublishedPair): number =>
      pair.document.startsWith('Saturn') ? 1 : pair.document.startsWith('Mars') ? -1.2 : 0;
    const report = await checkPublished(fakeScorer(TURKISH, { error }));
    expect(report.rows.every(({ passed }) => passed)).toBe(true);
    expect(report.rankings).toMatchObject([{ expected: [1], actual: 3, passed: false }]);
    expect(report.passed).toBe(false);
    expect(formatPublished(report)).toMatch(/^FAIL {2}best document 4 for 2 {2}Which planet/m);
    expect(formatPublished(report)).toMatch(/FAILED: 0 of 4 .*, and another document is the best\. These/);
  });

  test('if published numbers are equal, either document may be the best', async () => {
    const saturn = (pair: PublishedPair): number => (pair.document.startsWith('Saturn') ? 0.1 : 0);
    const report = await checkPublished(fakeScorer(KOREAN, { error: saturn }));
    expect(report.rankings).toMatchObject([{ expected: [1, 3], actual: 3, passed: true }]);
    expect(report.passed).toBe(true);
  });

  test('other token ids fail, whatever the logits are; without known ids the logits decide', async () => {
    const report = await checkPublished(fakeScorer(BASE, { wrongIds: true }));
    expect(report.rows.every(({ passed, idsMatch }) => !passed && idsMatch === false)).toBe(true);
    expect(formatPublished(report)).toContain('IDS DIFFER');
    const other = await checkPublished(fakeScorer(EN_RU, { wrongIds: true }));
    expect(other.passed).toBe(true);
    expect(formatPublished(other)).toContain('ids not known');
  });

  test('a logit that is no number fails', async () => {
    expect((await checkPublished(fakeScorer(BASE, { error: Number.NaN }))).passed).toBe(false);
    expect((await checkPublished(fakeScorer(MMARCO, { error: Number.NaN }))).passed).toBe(false);
  });

  test.each([
    ['other sizes', { hidden_size: 480 }],
    ['another vocabulary', { vocab_size: 28_000 }],
    ['several labels', { id2label: { 0: 'a', 1: 'b' } }],
  ])('nothing is known of %s, whatever it is called', async (_name, config) => {
    const call = checkPublished(fakeScorer(BASE, { config }));
    await expect(call).rejects.toThrow(InputError);
    await expect(call).rejects.toThrow(
      /Known: BAAI\/bge-reranker-base \(12 layers, hidden 768, 512 tokens\)/,
    );
  });

  test('steps of bfloat16', () => {
    expect([1, 1.99, -3.28125, 8, 10.1875, 31].map(bfloat16Step)).toEqual([
      2 ** -7,
      2 ** -7,
      2 ** -6,
      2 ** -4,
      2 ** -4,
      2 ** -3,
    ]);
    expect(bfloat16Step(0)).toBe(0);
  });

  test.for(TOKENIZERS)('the ids are those of the real vocabulary: %s', (name, context) => {
    const file = `tokenizers/${name}/tokenizer.json`;
    const reason = lacks(file);
    if (reason !== undefined) return context.skip(reason);
    const description = JSON.parse(readFileSync(outsideData(file), 'utf8'));
    const tokenizer = PairTokenizer.parse(description, undefined, name);
    const pairs = PUBLISHED_MODELS.flatMap((model) => [...model.pairs, ...model.rankings.flat()]);
    for (const { query, document, inputIds } of pairs.filter((pair) => pair.inputIds !== undefined)) {
      const pair = tokenizer.encodePair(query, document, { maxLength: 512, truncation: 'longest_first' });
      expect([...pair.inputIds], `${query} | ${document}`).toEqual(inputIds);
    }
  });

  test('the numbers are those that were collected', (context) => {
    const reason = lacks(FACTS);
    if (reason !== undefined) return context.skip(reason);
    const { pairs } = JSON.parse(readFileSync(outsideData(FACTS), 'utf8')) as {
      pairs: Record<string, unknown>[];
    };
    const ours = PUBLISHED_MODELS.flatMap(({ name, pairs }) =>
      pairs.map(({ inputIds: _, ...pair }) => ({ model: name, ...pair })),
    );
    expect(ours).toEqual(pairs);
  });

  test("and those of sentence-transformers' tests", (context) => {
    const reason = lacks(CROSS_ENCODERS);
    if (reason !== undefined) return context.skip(reason);
    const facts = JSON.parse(readFileSync(outsideData(CROSS_ENCODERS), 'utf8')) as {
      query: string;
      documents: string[];
      families: { 'xlm-roberta': Record<string, number[]> };
    };
    const ours = PUBLISHED_MODELS.map(({ name, rankings }) => {
      const [ranking = []] = rankings;
      expect(ranking.map(({ query }) => query)).toEqual(Array(4).fill(facts.query));
      expect(ranking.map(({ document }) => document)).toEqual(facts.documents);
      return [name, ranking.map((pair) => ('logit' in pair ? pair.logit : pair.score))];
    });
    expect(Object.fromEntries(ours)).toEqual(facts.families['xlm-roberta']);
    expect(MMARCO.rankings[0]?.every((pair) => 'logit' in pair)).toBe(true);
  });
});
