import type { RerankDocument } from '../../reranker/check-inputs.js';
import type { RankedDocument } from '../../reranker/reranker.js';

/** A ranking in the form of JSON answers. */
export interface RerankAnswer {
  readonly model: string;
  readonly results: readonly {
    readonly index: number;
    readonly relevance_score: number;
    readonly logit: number;
    readonly document?: RerankDocument;
  }[];
  /** Tokens of all pairs, including results that `topN` leaves out. */
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

/** The best results of a ranking. */
export function toAnswer(
  model: string,
  ranking: readonly RankedDocument[],
  { topN, returnDocuments }: { readonly topN: number | undefined; readonly returnDocuments: boolean },
): RerankAnswer {
  const tokens = ranking.reduce((sum, { usage }) => sum + usage.tokens, 0);
  return {
    model,
    results: ranking.slice(0, topN).map(({ index, relevanceScore, logit, document }) => ({
      index,
      relevance_score: relevanceScore,
      logit,
      ...(returnDocuments && document !== undefined ? { document } : {}),
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}
