import { type RerankingModel, rerank } from 'ai';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Batch } from '../../../dist/batching/batch.js';
import { Model } from '../../../dist/engine/model.js';
import { openModel } from '../../../dist/engine/open.js';
import { InputError } from '../../../dist/errors/errors.js';
import { createRerankingModel } from '../../../dist/reranker/adapters/ai-sdk.js';
import { Reranker } from '../../../dist/reranker/reranker.js';
import { MINI } from '../../support/fixtures.js';
import { PASSAGES, QUERY } from './passages.js';

describe('AI SDK: a reranker as a reranking model', () => {
  let scorer: Model;
  let reranker: Reranker;
  let model: RerankingModel;
  beforeAll(async () => {
    scorer = await openModel(MINI, { backend: 'wasm', maxBatchTokens: 32 });
    reranker = new Reranker(scorer);
    model = createRerankingModel(reranker);
  });
  afterAll(() => scorer?.dispose());

  const ranked = async (documents: readonly string[]) =>
    (await reranker.rank(QUERY, documents)).map(({ index, relevanceScore }) => ({
      originalIndex: index,
      score: relevanceScore,
    }));

  test('rerank gives the ranking of the library', async () => {
    const { ranking, rerankedDocuments, response } = await rerank({
      model,
      query: QUERY,
      documents: [...PASSAGES],
    });
    expect(ranking).toEqual(
      (await ranked(PASSAGES)).map((place) => ({ ...place, document: PASSAGES[place.originalIndex] })),
    );
    expect(rerankedDocuments[0]).toBe(PASSAGES[1]);
    expect(response.modelId).toBe('mini-en-zh');
    const { ranking: best } = await rerank({ model, query: QUERY, documents: [...PASSAGES], topN: 1 });
    expect(best).toEqual(ranking.slice(0, 1));
  });

  test('objects are read as JSON with a warning, or by toText without one', async () => {
    const documents = PASSAGES.map((text, id) => ({ id, text }));
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const info = vi.spyOn(console, 'info').mockImplementation(() => {});
    try {
      const asJson = await rerank({ model, query: QUERY, documents });
      expect(asJson.ranking).toEqual(
        (await ranked(documents.map((document) => JSON.stringify(document)))).map((place) => ({
          ...place,
          document: documents[place.originalIndex],
        })),
      );
      expect(warn.mock.calls.flat().join()).toContain('toText');
      warn.mockClear();
      const byText = createRerankingModel(reranker, { toText: ({ text }) => String(text) });
      const { ranking } = await rerank({ model: byText, query: QUERY, documents });
      expect(ranking.map(({ originalIndex, score }) => ({ originalIndex, score }))).toEqual(
        await ranked(PASSAGES),
      );
      expect(ranking[0]?.document).toBe(documents[1]);
      expect(warn).not.toHaveBeenCalled();
    } finally {
      warn.mockRestore();
      info.mockRestore();
    }
  });

  test('an abort ends a call after the running batch', async () => {
    const controller = new AbortController();
    const original = Model.prototype.run;
    const run = vi.spyOn(Model.prototype, 'run').mockImplementation(function (this: Model, batch: Batch) {
      controller.abort();
      return original.call(this, batch);
    });
    try {
      const call = rerank({
        model,
        query: QUERY,
        documents: [...PASSAGES],
        abortSignal: controller.signal,
      });
      await expect(call).rejects.toMatchObject({ name: 'AbortError' });
      expect(run).toHaveBeenCalledTimes(1);
      await rerank({ model, query: QUERY, documents: [...PASSAGES] });
      expect(run.mock.calls.length).toBeGreaterThan(2);
    } finally {
      run.mockRestore();
    }
  });

  test('no document: the result is empty and the model does not run', async () => {
    const run = vi.spyOn(Model.prototype, 'run');
    expect((await rerank({ model, query: QUERY, documents: [] })).ranking).toEqual([]);
    const empty = createRerankingModel(reranker).doRerank({
      query: QUERY,
      documents: { type: 'text', values: [] },
    });
    expect(await empty).toEqual({ ranking: [], warnings: [] });
    expect(run).not.toHaveBeenCalled();
    run.mockRestore();
  });

  test('our errors reach the caller unchanged, and are not retried', async () => {
    const rank = vi.spyOn(reranker, 'rank');
    const call = rerank({ model, query: QUERY, documents: [...PASSAGES], topN: 0 });
    await expect(call).rejects.toThrow(InputError);
    expect(rank).toHaveBeenCalledTimes(1);
    rank.mockRestore();
  });
});
