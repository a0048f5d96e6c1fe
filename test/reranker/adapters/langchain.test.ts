import { Document, type DocumentInterface } from '@langchain/core/documents';
import { BaseRetriever } from '@langchain/core/retrievers';
import { BaseDocumentCompressor } from '@langchain/core/retrievers/document_compressors';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Model } from '../../../dist/engine/model.js';
import { openModel } from '../../../dist/engine/open.js';
import { InputError } from '../../../dist/errors/errors.js';
import { RerankerDocumentCompressor } from '../../../dist/reranker/adapters/langchain.js';
import { Reranker } from '../../../dist/reranker/reranker.js';
import { MINI } from '../../support/fixtures.js';
import { PASSAGES, QUERY } from './passages.js';

/** Finds all passages, in a fixed order. */
class PassageRetriever extends BaseRetriever {
  lc_namespace = ['test'];

  override async _getRelevantDocuments(): Promise<DocumentInterface[]> {
    return passages();
  }
}

/** Retrieve, then compress, like LangChain's ContextualCompressionRetriever, whose package is large. */
class CompressionRetriever extends BaseRetriever {
  lc_namespace = ['test'];

  constructor(
    private readonly base: BaseRetriever,
    private readonly compressor: BaseDocumentCompressor,
  ) {
    super();
  }

  override async _getRelevantDocuments(query: string): Promise<DocumentInterface[]> {
    return this.compressor.compressDocuments(await this.base.invoke(query), query);
  }
}

function passages(): Document[] {
  return PASSAGES.map(
    (pageContent, i) =>
      new Document({ pageContent, id: `p${i}`, metadata: { page: i, source: { file: 'a.txt' } } }),
  );
}

describe('LangChain: a reranker as a document compressor', () => {
  let scorer: Model;
  let reranker: Reranker;
  beforeAll(async () => {
    scorer = await openModel(MINI, { backend: 'wasm' });
    reranker = new Reranker(scorer);
  });
  afterAll(() => scorer?.dispose());

  test('a retriever that compresses gives the ranking of the library, scores in the metadata', async () => {
    const compressor = new RerankerDocumentCompressor(reranker);
    expect(BaseDocumentCompressor.isBaseDocumentCompressor(compressor)).toBe(true);
    const found = await new CompressionRetriever(new PassageRetriever(), compressor).invoke(QUERY);
    const ranking = await reranker.rank(QUERY, PASSAGES);
    expect(ranking[0]?.index).toBe(1);
    expect(found).toEqual(
      ranking.map(
        ({ index, relevanceScore }) =>
          new Document({
            pageContent: PASSAGES[index] as string,
            id: `p${index}`,
            metadata: { page: index, source: { file: 'a.txt' }, relevanceScore },
          }),
      ),
    );
  });

  test('the given documents are unchanged', async () => {
    const documents = passages();
    const [best] = await new RerankerDocumentCompressor(reranker, { topN: 1 }).compressDocuments(
      documents,
      QUERY,
    );
    expect(documents).toEqual(passages());
    expect(best).toBeInstanceOf(Document);
    expect(best).not.toBe(documents[1]);
    expect(best?.metadata.source).toBe(documents[1]?.metadata.source);
  });

  test('topN and minScore, each alone and both', async () => {
    const scores = (await reranker.rank(QUERY, PASSAGES)).map(({ relevanceScore }) => relevanceScore);
    const kept = async (options: ConstructorParameters<typeof RerankerDocumentCompressor>[1]) =>
      (await new RerankerDocumentCompressor(reranker, options).compressDocuments(passages(), QUERY)).map(
        ({ metadata }) => metadata.relevanceScore,
      );
    const minScore = scores[2] as number;
    expect(await kept({ topN: 2 })).toEqual(scores.slice(0, 2));
    expect(await kept({ minScore })).toEqual(scores.slice(0, 3));
    expect(await kept({ topN: 2, minScore })).toEqual(scores.slice(0, 2));
    expect(await kept({ minScore: 1 })).toEqual([]);
  });

  test('with a reranker that gives logits, minScore is a logit, and without it nothing is dropped', async () => {
    const logits = await Reranker.load(undefined, { activation: 'identity' });
    const kept = async (minScore?: number) =>
      (await new RerankerDocumentCompressor(logits, { minScore }).compressDocuments(passages(), QUERY)).map(
        ({ metadata }) => metadata.relevanceScore as number,
      );
    const all = await kept();
    expect(all).toHaveLength(PASSAGES.length);
    expect(all.at(-1)).toBeLessThan(0);
    expect(await kept(all[1])).toEqual(all.slice(0, 2));
    expect(() => new RerankerDocumentCompressor(logits, { minScore: Number.NaN })).toThrow(/minScore is NaN/);
    logits.dispose();
  });

  test('no document: the result is empty and the model does not run', async () => {
    const run = vi.spyOn(Model.prototype, 'run');
    expect(await new RerankerDocumentCompressor(reranker).compressDocuments([], QUERY)).toEqual([]);
    expect(run).not.toHaveBeenCalled();
    await new RerankerDocumentCompressor(reranker).compressDocuments(passages(), QUERY);
    expect(run).toHaveBeenCalled();
    run.mockRestore();
  });

  test('options out of range are refused', async () => {
    for (const minScore of [-0.1, 1.1, Number.NaN]) {
      expect(() => new RerankerDocumentCompressor(reranker, { minScore })).toThrow(/minScore is/);
    }
    const call = new RerankerDocumentCompressor(reranker, { topN: 0 }).compressDocuments(passages(), QUERY);
    await expect(call).rejects.toThrow(InputError);
  });
});
