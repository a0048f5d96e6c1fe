import type { MessageContent } from '@llamaindex/core/llms';
import type { BaseNodePostprocessor } from '@llamaindex/core/postprocessor';
import { MetadataMode, type NodeWithScore } from '@llamaindex/core/schema';
import { extractText } from '@llamaindex/core/utils';
import { InputError } from '../../errors/errors.js';
import type { Reranker } from '../reranker.js';

/** Options of a {@link RerankerNodePostprocessor}. */
export interface NodePostprocessorOptions {
  /** How many of the best nodes to keep; default all. */
  readonly topN?: number | undefined;
  /**
   * Which of a node's metadata is read before its text. Default `EMBED`: what the embedding saw, without the node's
   * `excludedEmbedMetadataKeys`; `NONE` reads the text alone.
   */
  readonly metadataMode?: MetadataMode | undefined;
}

/**
 * A reranker as LlamaIndex's node postprocessor, for a query engine's `nodePostprocessors`.
 *
 * The reranker stays the caller's, who disposes it when no engine uses it any more.
 */
export class RerankerNodePostprocessor implements BaseNodePostprocessor {
  constructor(
    private readonly reranker: Reranker,
    private readonly options: NodePostprocessorOptions = {},
  ) {}

  /**
   * Ranks nodes by their content; of a query in parts the text is read.
   *
   * @returns the same nodes, the best first, each with its relevance score in place of the retriever's; those given
   * stay as they were.
   * @throws InputError for nodes without a query, for a `topN` that is no positive integer, and whatever
   * {@link Reranker.rank} rejects with.
   */
  async postprocessNodes(nodes: NodeWithScore[], query?: MessageContent): Promise<NodeWithScore[]> {
    if (nodes.length === 0) {
      return [];
    }
    if (query === undefined) {
      throw new InputError(
        'postprocessNodes has no query; nodes are ranked by how relevant they are to one.',
      );
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
