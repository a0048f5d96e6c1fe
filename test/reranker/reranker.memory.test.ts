import { memory } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../dist/engine/model.js';
import { openModel } from '../../dist/engine/open.js';
import type { ScoreProgress } from '../../dist/engine/types.js';
import { InputError } from '../../dist/errors/errors.js';
import { Reranker } from '../../dist/reranker/reranker.js';
import { MINI } from '../support/fixtures.js';

describe('the embedded model as a library', () => {
  let scorer: Model;
  let reranker: Reranker;
  let idle: number;
  beforeAll(async () => {
    scorer = await openModel(MINI, { backend: 'wasm', maxBatchTokens: 64 });
    reranker = new Reranker(scorer);
    idle = memory().numTensors;
  });
  afterAll(() => scorer?.dispose());

  const documents = [
    'Paris is the capital of France.',
    '香蕉是黄色的。',
    'Bananas are yellow.',
    '巴黎是法国首都。',
    '',
  ];

  test('overlapping calls get the same results as calls one after the other', async () => {
    const queries = ['capital of France', '香蕉是什么颜色？', 'yellow fruit', ''];
    const together = await Promise.all(queries.map((query) => reranker.rank(query, documents)));
    for (const [i, query] of queries.entries()) {
      expect(together[i]).toEqual(await reranker.rank(query, documents));
    }
    expect(memory().numTensors).toBe(idle);
  });

  test('neighbours, padding and order change scores only within float32 noise', async () => {
    const pairs = documents.map((document) => ({ query: 'capital of France', document }));
    const alone = await Promise.all(
      pairs.map(async (pair) => (await reranker.score([pair]))[0]?.logit as number),
    );
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 1 }), async (order) => {
        const scores = await reranker.score(order.map((i) => pairs[i] as (typeof pairs)[number]));
        for (const [at, i] of order.entries()) {
          expect(Math.abs((scores[at]?.logit as number) - (alone[i] as number))).toBeLessThanOrEqual(2e-5);
        }
      }),
      { numRuns: 10 },
    );
  });

  test('progress counts pairs and tokens', async () => {
    const seen: ScoreProgress[] = [];
    await reranker.rank('capital of France', documents, { onProgress: (progress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.at(-1)?.pairs).toBe(documents.length);
    const encoded = scorer.encodeIds(documents.map((document) => ({ query: 'capital of France', document })));
    expect(seen.at(-1)?.tokens).toBe(encoded.reduce((sum, { length }) => sum + length, 0));
  });

  test('identical pairs are computed once, and each has its own result', async () => {
    const seen: ScoreProgress[] = [];
    const onProgress = (progress: ScoreProgress) => seen.push(progress);
    const [first, other] = ['Bananas are yellow.', 'Paris is a city.'];
    const results = await reranker.rank('yellow', [first, other, first, first], { onProgress });
    const [one, two] = await reranker.rank('yellow', [first, other]);
    expect(results.map(({ index, logit }) => [index, logit])).toEqual([
      [0, one?.logit],
      [2, one?.logit],
      [3, one?.logit],
      [1, two?.logit],
    ]);
    const tokens = (one?.usage.tokens ?? 0) + (two?.usage.tokens ?? 0);
    expect(seen.at(-1)).toMatchObject({ pairs: 4, totalPairs: 4, tokens });
  });

  test('an abort ends the call between two batches and leaves no tensor', async () => {
    const controller = new AbortController();
    let batches = 0;
    const call = reranker.rank('capital of France', documents, {
      signal: controller.signal,
      onProgress: () => {
        batches += 1;
        controller.abort(new Error('enough'));
      },
    });
    await expect(call).rejects.toThrow('enough');
    expect(batches).toBe(1);
    expect(memory().numTensors).toBe(idle);
    const never = reranker.rank('q', documents, { signal: AbortSignal.abort() });
    await expect(never).rejects.toThrow(/abort/i);
  });

  test('a callback that throws fails its own call and leaves no tensor', async () => {
    const call = reranker.rank('q', documents, {
      onProgress: () => {
        throw new Error('a callback that fails');
      },
    });
    await expect(call).rejects.toThrow('a callback that fails');
    expect(memory().numTensors).toBe(idle);
  });

  test('many calls leave nothing behind', async () => {
    for (let i = 0; i < 25; i++) {
      await reranker.rank('yellow', ['Bananas are yellow.']);
    }
    expect(memory().numTensors).toBe(idle);
  });

  test('usage says how many tokens there were and were cut', async () => {
    const [result] = await reranker.rank('capital of France', ['France '.repeat(1600)]);
    expect(result?.usage.tokens).toBe(512);
    expect(result?.usage.queryTokensCut).toBe(0);
    expect(result?.usage.documentTokensCut).toBeGreaterThan(1000);
  });

  test('loading and disposing leaves nothing; a disposed model refuses calls, also running ones', async () => {
    const before = memory().numTensors;
    const second = await Reranker.load(undefined, { backend: 'wasm', maxBatchTokens: 32 });
    const call = second.rank('q', documents, { onProgress: () => second.dispose() });
    await expect(call).rejects.toThrow(InputError);
    await expect(second.rank('q', documents)).rejects.toThrow(/disposed/);
    second.dispose();
    expect(memory().numTensors).toBe(before);
  });

  test.each([
    [{ maxLength: 513 }, /positions for only 512/],
    [{ maxLength: 4 }, /at least 5/],
    [{ maxLength: 7.5 }, /integer/],
    [{ maxBatchTokens: 0 }, /positive integer/],
  ])('options %j are refused', async (options, message) => {
    await expect(Reranker.load(undefined, { backend: 'wasm', ...options })).rejects.toThrow(message);
    expect(memory().numTensors).toBe(idle);
  });
});
