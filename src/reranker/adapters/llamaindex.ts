import type { MessageContent } from '@llamaindex/core/llms';
import type { BaseNodePostprocessor } from '@llamaindex/core/postprocessor';
import { MetadataMode, type NodeWithScore } from '@llamaindex/core/schema';
import { extractText } from '@llamaindex/core/utils';
import { InputError } from '../../errors/errors.js';
import type { Reranker } from '../reranker.js';

/** Options of a {@link RerankerNodePostprocessor}. */
export interface NodePostprocessorOptions {
  /** Number of best nodes to keep; default all. */
  readonly topN?: number | undefined;
  /**
   * The metadata of a node that are read before its text. Default `EMBED`: the same as for embeddings, without the
   * node's `excludedEmbedMetadataKeys`; `NONE` reads only the text.
   */
  readonly metadataMode?: MetadataMode | undefined;
}

/**
 * A reranker as LlamaIndex's node postprocessor, for a query engine's `nodePostprocessors`.
 *
 * The caller still owns the reranker and disposes it.
 */
export class RerankerNodePostprocessor implements BaseNodePostprocessor {
  constructor(
    private readonly reranker: Reranker,
    private readonly options: NodePostprocessorOptions = {},
  ) {}

  /**
   * Ranks nodes by their content. Of a query with several parts the text is used.
   *
   * @returns the same nodes, the best first, each with its relevance score instead of the retriever's; the given nodes
   * are unchanged.
   * @throws InputError without a query, or if `topN` is not a positive integer, and errors of {@link Reranker.rank}.
   */
  async postprocessNodes(nodes: NodeWithScore[], query?: MessageContent): Promise<NodeWithScore[]> {
    if (nodes.length === 0) {
      return [];
    }
    if (query === undefined) {
      throw new InputError('postprocessNodes has no query; nodes are ranked by their relevance to a query.');
    }
    const { topN, metadataMode = MetadataMode.EMBED } = this.options;
    const ranking = await this.reranker.rank(
      extractText(query),
      nodes.map(({ node }) => node.getContent(metadataMode)),
      { topN, returnDocuments: false },
    );
    return ranking.map(({ index, relevanceScore }) => ({
      ...(nodes[index] as NodeWithScore),
      score: relevanceScore,
    }));
  }
}
