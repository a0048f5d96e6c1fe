import type { Model } from '../engine/model.js';
import { rankByLogit } from '../reranker/scores.js';
import type { AttributionProgress, Counterfactual } from './attribution/attribution-types.js';
import { findCounterfactual } from './attribution/counterfactual.js';
import { inspect } from './inspect.js';
import type { InspectedRanking, Inspection, InspectRankingOptions } from './inspection.js';

/**
 * Inspects several documents of one query, and what would change their order.
 *
 * @throws InputError for a model of several labels.
 */
export async function inspectRanking(
  model: Model,
  query: string,
  documents: readonly string[],
  { maxAttentionBytes = 0, counterfactuals = true, onStep, ...options }: InspectRankingOptions = {},
): Promise<InspectedRanking> {
  const tell = (document: number, step: 'inspection' | 'counterfactual') => ({
    onProgress: (progress: AttributionProgress) => {
      onStep?.({ document, step, ...progress });
      options.onProgress?.(progress);
    },
  });
  const found: Inspection[] = [];
  for (const [i, document] of documents.entries()) {
    const ofOne = Math.floor(maxAttentionBytes / documents.length);
    found.push(
      await inspect(
        model,
        { query, document },
        { ...options, ...tell(i, 'inspection'), maxAttentionBytes: ofOne },
      ),
    );
  }
  const { order, inspections } = rankInspections(found);
  const turning: (Counterfactual | null)[] = [];
  for (const [rank, { pair }] of inspections.entries()) {
    const first = (inspections[0] as Inspection).pair.document;
    const call = { signal: options.signal, ...tell(order[rank] as number, 'counterfactual') };
    turning.push(
      rank === 0 || !counterfactuals
        ? null
        : ((await findCounterfactual(model, query, first, pair.document, call)) ?? null),
    );
  }
  return { inspections, order, counterfactuals: turning };
}

/** Sorts inspections by their logits, the best first; it does not search for counterfactuals. */
export function rankInspections(found: readonly Inspection[]): InspectedRanking {
  const order = rankByLogit(found.map(({ logit }) => logit));
  return {
    inspections: order.map((i) => found[i] as Inspection),
    order,
    counterfactuals: order.map(() => null),
  };
}
