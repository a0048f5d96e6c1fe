import type { Callbacks } from '@langchain/core/callbacks/manager';
import { Document, type DocumentInterface } from '@langchain/core/documents';
import { BaseDocumentCompressor } from '@langchain/core/retrievers/document_compressors';
import { InputError } from '../../errors/errors.js';
import type { Reranker } from '../reranker.js';

/** Options of a {@link RerankerDocumentCompressor}. */
export interface DocumentCompressorOptions {
  /** Number of best documents to keep; default all. */
  readonly topN?: number | undefined;
  /** Drops documents with a lower score. Between 0 and 1 unless the reranker gives logits. Default none. */
  readonly minScore?: number | undefined;
}

/**
 * A reranker as LangChain's document compressor, for a ContextualCompressionRetriever and the like.
 *
 * The caller still owns the reranker and disposes it.
 */
export class RerankerDocumentCompressor extends BaseDocumentCompressor {
  /** @throws InputError if `minScore` is not on the reranker's scale. */
  constructor(
    private readonly reranker: Reranker,
    private readonly options: DocumentCompressorOptions = {},
  ) {
    super();
    const { minScore } = options;
    const areLogits = reranker.info.activation === 'identity';
    const fits =
      minScore === undefined || (areLogits ? Number.isFinite(minScore) : minScore >= 0 && minScore <= 1);
    if (!fits) {
      const scale = areLogits ? 'finite numbers' : 'between 0 and 1';
      throw new InputError(`minScore is ${minScore}; relevance scores are ${scale}.`);
    }
  }

  /**
   * Ranks documents by their `pageContent`.
   *
   * @returns new documents, the best first, with `metadata.relevanceScore` (the field of LangChain.js's own rerankers)
   * added to their metadata (copied one level deep); the given documents are unchanged.
   * @throws InputError if `topN` is not a positive integer, and errors of {@link Reranker.rank}.
   */
  override async compressDocuments(
    documents: DocumentInterface[],
    query: string,
    _callbacks?: Callbacks,
  ): Promise<DocumentInterface[]> {
    const { topN, minScore = Number.NEGATIVE_INFINITY } = this.options;
    const ranking = await this.reranker.rank(
      query,
      documents.map(({ pageContent }) => pageContent),
      { topN, returnDocuments: false },
    );
    return ranking
      .filter(({ relevanceScore }) => relevanceScore >= minScore)
      .map(({ index, relevanceScore }) => {
        const document = documents[index] as DocumentInterface;
        return new Document({ ...document, metadata: { ...document.metadata, relevanceScore } });
      });
  }
}
