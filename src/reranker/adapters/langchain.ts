import type { Callbacks } from '@langchain/core/callbacks/manager';
import { Document, type DocumentInterface } from '@langchain/core/documents';
import { BaseDocumentCompressor } from '@langchain/core/retrievers/document_compressors';
import { InputError } from '../../errors/errors.js';
import type { Reranker } from '../reranker.js';

/** Options of a {@link RerankerDocumentCompressor}. */
export interface DocumentCompressorOptions {
  /** How many of the best documents to keep; default all. */
  readonly topN?: number | undefined;
  /** Documents with a lower relevance score are dropped; between 0 and 1 but for rerankers that give logits. Default none. */
  readonly minScore?: number | undefined;
}

/**
 * A reranker as LangChain's document compressor, for a ContextualCompressionRetriever and the like.
 *
 * The reranker stays the caller's, who disposes it when nothing compresses with it any more.
 */
export class RerankerDocumentCompressor extends BaseDocumentCompressor {
  /** @throws InputError when `minScore` is not on the reranker's scale. */
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
   * @returns new documents, the best first, with `metadata.relevanceScore`, the field of LangChain.js's own rerankers,
   * beside their own metadata (copied one level deep); those given stay as they were.
   * @throws InputError for a `topN` that is no positive integer, and whatever {@link Reranker.rank} rejects with.
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
