import { describe, expect, test } from 'vitest';
import type { ModelInfo } from '../../dist/engine/types.js';
import { InputError } from '../../dist/errors/errors.js';
import { parseModelConfig } from '../../dist/model/config/model-config.js';
import { Reranker } from '../../dist/reranker/reranker.js';

/** A scorer without a model: the logits are numbers written in the document, or in the single text. */
function fakeScorer(
  labels: string[],
  extra: object = {},
  activation: ModelInfo['activation'] = 'sigmoid',
): ConstructorParameters<typeof Reranker>[0] {
  const config = parseModelConfig(
    {
      architectures: ['XLMRobertaForSequenceClassification'],
      vocab_size: 10,
      hidden_size: 4,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      intermediate_size: 8,
      max_position_embeddings: 20,
      layer_norm_eps: 1e-5,
      pad_token_id: 1,
      type_vocab_size: 1,
      id2label: Object.fromEntries(labels.map((label, i) => [i, label])),
      ...extra,
    },
    'config.json',
  );
  const backend = { name: 'cpu' as const, description: 'none' };
  return {
    info: {
      ...{ model: 'fake', config, backend, dtype: 'float32', maxLength: 18, truncation: 'longest_first' },
      activation,
      truncationSide: 'right',
      warnings: [],
    },
    async score(inputs) {
      return inputs.map((input) => ({
        logits: (typeof input === 'string' ? input : input.document).split(' ').map(Number),
        usage: { tokens: 4, queryTokensCut: 0, documentTokensCut: 0 },
      }));
    },
    dispose() {},
  };
}

const reranker = new Reranker(fakeScorer(['relevance']));

describe('rank', () => {
  test('the best first, ties in input order, with index, score and logit', async () => {
    const ranking = await reranker.rank('q', ['1', '3', '-2', '3']);
    expect(ranking.map(({ index }) => index)).toEqual([1, 3, 0, 2]);
    expect(ranking[0]).toEqual({
      index: 1,
      logit: 3,
      relevanceScore: 1 / (1 + Math.exp(-3)),
      usage: { tokens: 4, queryTokensCut: 0, documentTokensCut: 0 },
      document: '3',
    });
  });

  test('objects are returned unchanged, the same objects', async () => {
    const document = { text: '1', id: 'a', metadata: { page: 7 } };
    const [best] = await reranker.rank('q', [document]);
    expect(best?.document).toBe(document);
  });

  test('topN and returnDocuments', async () => {
    const ranking = await reranker.rank('q', ['1', '2', '3'], { topN: 2, returnDocuments: false });
    expect(ranking.map(({ index }) => index)).toEqual([2, 1]);
    expect(ranking.every((result) => !('document' in result))).toBe(true);
    expect((await reranker.rank('q', ['1'], { topN: 100 })).length).toBe(1);
  });

  test('no documents, no results', async () => {
    expect(await reranker.rank('q', [])).toEqual([]);
  });

  test.each([0, -1, 1.5, Number.NaN])('a topN of %s is refused', async (topN) => {
    await expect(reranker.rank('q', ['1'], { topN })).rejects.toThrow(InputError);
  });

  test.each([
    [[1], /documents\[0\] is a number/],
    [['1', null], /documents\[1\] is null/],
    [[{ id: 7 }], /documents\[0\] is an object without it; .*"text"/],
    [[{ text: 7 }], /documents\[0\]/],
    [[undefined], /documents\[0\] is missing/],
  ])('documents %j are refused by name', async (documents, message) => {
    await expect(reranker.rank('q', documents as never)).rejects.toThrow(message);
    await expect(reranker.rank('q', documents as never)).rejects.toThrow(InputError);
  });

  test('a query that is no string is refused', async () => {
    await expect(reranker.rank(undefined as never, ['1'])).rejects.toThrow(/query is missing/);
  });
});

test('rankMany answers each request with its own documents', async () => {
  const rankings = await reranker.rankMany([
    { query: 'a', documents: ['1', '2'] },
    { query: 'b', documents: [] },
    { query: 'c', documents: ['5', '4', '6'] },
  ]);
  expect(rankings.map((ranking) => ranking.map(({ document }) => document))).toEqual([
    ['2', '1'],
    [],
    ['6', '5', '4'],
  ]);
});

test('score keeps the input order', async () => {
  const scores = await reranker.score([
    { query: 'q', document: '2' },
    { query: 'q', document: '1' },
  ]);
  expect(scores.map(({ logit }) => logit)).toEqual([2, 1]);
  await expect(reranker.score([{ query: 'q' } as never])).rejects.toThrow(/inputs\[0\].document is missing/);
});

test('with the activation identity the score is the logit, and the order is the same', async () => {
  const logits = new Reranker(fakeScorer(['relevance'], {}, 'identity'));
  const documents = ['40', '50', '-3'];
  const ranking = await logits.rank('q', documents);
  expect(ranking.map(({ relevanceScore, logit }) => [relevanceScore, logit])).toEqual([
    [50, 50],
    [40, 40],
    [-3, -3],
  ]);
  // The sigmoid of 40 and of 50 is 1.
  expect((await reranker.rank('q', documents)).map(({ index }) => index)).toEqual([1, 0, 2]);
  expect((await logits.classify(['7']))[0]?.labelScores).toEqual({ relevance: 7 });
});

test('a single text is a string, beside pairs', async () => {
  const scores = await reranker.score(['2', { query: 'q', document: '1' }, '']);
  expect(scores.map(({ logit }) => logit)).toEqual([2, 1, 0]);
});

test.each([
  [7, 'inputs[1] is a number; it must be an object with "query" and "document", or a string.'],
  [null, 'inputs[1] is null; it must be'],
  [undefined, 'inputs[1] is missing; it must be'],
  [{ text: '1' }, 'inputs[1] is an object without them; it must be'],
  [{ query: 'q', document: 1 }, 'inputs[1].document is a number; it must be a string.'],
  [{ document: 'd' }, 'inputs[1].query is missing; it must be a string.'],
])('%j is refused as input', async (input, message) => {
  for (const call of [reranker.score(['1', input as never]), reranker.classify(['1', input as never])]) {
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.toThrow(InputError);
  }
});

describe('classifiers', () => {
  const pairs = [{ query: 'q', document: '0 0 0' }];

  test('softmax over labels by name', async () => {
    const [result] = await new Reranker(fakeScorer(['no', 'maybe', 'yes'])).classify(pairs);
    expect(result?.logits).toEqual([0, 0, 0]);
    expect(result?.labelScores).toEqual({ no: 1 / 3, maybe: 1 / 3, yes: 1 / 3 });
  });

  test('sigmoid of each where labels are independent', async () => {
    const scorer = fakeScorer(['no', 'maybe', 'yes'], { problem_type: 'multi_label_classification' });
    const [result] = await new Reranker(scorer).classify(pairs);
    expect(result?.labelScores).toEqual({ no: 0.5, maybe: 0.5, yes: 0.5 });
  });

  test('regression of several labels gives its numbers as they are', async () => {
    const scorer = fakeScorer(['length', 'age'], { problem_type: 'regression' });
    const [result] = await new Reranker(scorer).classify([{ query: 'q', document: '3 -40' }]);
    expect(result?.labelScores).toEqual({ length: 3, age: -40 });
  });

  test('they cannot rank, because that needs one logit', async () => {
    const classifier = new Reranker(fakeScorer(['no', 'yes']));
    await expect(classifier.rank('q', ['1 2'])).rejects.toThrow(/2 labels.*classify/);
    await expect(classifier.score(pairs)).rejects.toThrow(InputError);
  });

  test('one logit is never softmaxed', async () => {
    const [result] = await reranker.classify([{ query: 'q', document: '0' }]);
    expect(result?.labelScores).toEqual({ relevance: 0.5 });
  });
});
