import type { JSONObject, RerankingModelV3, SharedV3Warning } from '@ai-sdk/provider';
import type { Reranker } from '../reranker.js';

/** Options of {@link createRerankingModel}. */
export interface RerankingModelOptions {
  /** The text of an object document; default its JSON, with a warning. */
  readonly toText?: ((document: JSONObject) => string) | undefined;
}

const READ_AS_JSON: SharedV3Warning = {
  type: 'compatibility',
  feature: 'object documents',
  details:
    'Object documents are read as JSON; createRerankingModel(reranker, { toText }) can choose another text.',
};

/**
 * A reranker as a reranking model of the AI SDK: the `model` of its `rerank`.
 *
 * The caller still owns the reranker and disposes it. An abort ends the call between two batches. Calls reject like
 * {@link Reranker.rank}.
 */
export function createRerankingModel(
  reranker: Reranker,
  options: RerankingModelOptions = {},
): RerankingModelV3 {
  const { toText = (document) => JSON.stringify(document) } = options;
  return {
    specificationVersion: 'v3',
    provider: 'tfjs-reranker',
    modelId: reranker.info.model,
    async doRerank({ documents, query, topN, abortSignal }) {
      const texts =
        documents.type === 'text' ? documents.values : documents.values.map((document) => toText(document));
      const ranking = await reranker.rank(query, texts, {
        topN,
        signal: abortSignal,
        returnDocuments: false,
      });
      return {
        ranking: ranking.map(({ index, relevanceScore }) => ({ index, relevanceScore })),
        warnings: documents.type === 'object' && options.toText === undefined ? [READ_AS_JSON] : [],
      };
    },
  };
}
