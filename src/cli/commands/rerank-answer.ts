import type { RerankDocument } from '../../reranker/check-inputs.js';
import type { RankedDocument } from '../../reranker/reranker.js';

/** A ranking in the form of JSON answers. */
export interface RerankAnswer {
  readonly model: string;
  readonly results: readonly {
    readonly index: number;
    readonly relevance_score: number;
    readonly logit: number;
    readonly calibrated_score?: number;
    readonly document?: RerankDocument;
  }[];
  /** Tokens of all pairs, including results that `topN` leaves out. */
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

/** Which results of a ranking are shown. */
export interface Shown {
  readonly topN: number | undefined;
  readonly minCalibratedScore: number | undefined;
}

/** The documents of a ranking that are shown. */
export function bestOf(
  ranking: readonly RankedDocument[],
  { topN, minCalibratedScore = 0 }: Shown,
): readonly RankedDocument[] {
  return ranking.filter(({ calibratedScore = 1 }) => calibratedScore >= minCalibratedScore).slice(0, topN);
}

/** The best results of a ranking. */
export function toAnswer(
  model: string,
  ranking: readonly RankedDocument[],
  { returnDocuments, ...shown }: Shown & { readonly returnDocuments: boolean },
): RerankAnswer {
  const tokens = ranking.reduce((sum, { usage }) => sum + usage.tokens, 0);
  return {
    model,
    results: bestOf(ranking, shown).map(({ index, relevanceScore, logit, calibratedScore, document }) => ({
      index,
      relevance_score: relevanceScore,
      logit,
      ...(calibratedScore !== undefined && { calibrated_score: calibratedScore }),
      ...(returnDocuments && document !== undefined ? { document } : {}),
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}
