import { openModel } from '../../engine/open.js';
import type { ModelOptions, TextPair } from '../../engine/types.js';
import { kendallTau, topAgreement } from '../../evaluation/ranking-metrics.js';
import { absoluteDifferences } from '../../math/statistics.js';
import { assertFinite } from '../../reranker/scores.js';

/** How close a converted model is to the original. */
export interface Fidelity {
  readonly pairs: number;
  /** Largest and mean difference of logits. */
  readonly max: number;
  readonly mean: number;
  /** Mean of Kendall's tau-b over the queries; undefined if no query has two documents. */
  readonly kendallTau: number | undefined;
  /** Share of queries with the same first document. */
  readonly topAgreement: number | undefined;
  /** Tokens of the pairs before and after; the number of unknown ones follows. */
  readonly tokens: { readonly before: number; readonly after: number };
  readonly unknown: { readonly before: number; readonly after: number };
}

interface Scored {
  /** [pairs], of the first label. */
  readonly logits: readonly number[];
  readonly tokens: number;
  readonly unknown: number;
}

/** Scores the same pairs with two models, one after the other, in float32. */
export async function measureFidelity(
  before: string,
  after: string,
  pairs: readonly TextPair[],
  options: Pick<ModelOptions, 'backend'>,
): Promise<Fidelity> {
  const a = await score(before, pairs, options);
  const b = await score(after, pairs, options);
  const queries = [...new Set(pairs.map(({ query }) => query))]
    .map((query) => pairs.flatMap((pair, i) => (pair.query === query ? [i] : [])))
    .filter((indices) => indices.length > 1);
  const byQuery = (metric: (a: readonly number[], b: readonly number[]) => number): number | undefined => {
    const pick = ({ logits }: Scored, indices: readonly number[]) => indices.map((i) => logits[i] as number);
    const values = queries.map((indices) => metric(pick(a, indices), pick(b, indices)));
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return {
    pairs: pairs.length,
    ...absoluteDifferences(a.logits, b.logits),
    kendallTau: byQuery(kendallTau),
    topAgreement: byQuery((x, y) => topAgreement(x, y, 1)),
    tokens: { before: a.tokens, after: b.tokens },
    unknown: { before: a.unknown, after: b.unknown },
  };
}

async function score(
  folder: string,
  pairs: readonly TextPair[],
  options: Pick<ModelOptions, 'backend'>,
): Promise<Scored> {
  const model = await openModel(folder, options);
  try {
    const encoded = model.encodeIds(pairs);
    const logits = await model.scoreSequences(encoded);
    assertFinite(logits);
    const { unknownId } = model.tokenizer;
    return {
      logits: logits.map(([logit]) => logit as number),
      tokens: encoded.reduce((sum, ids) => sum + ids.length, 0),
      unknown: encoded.reduce((sum, ids) => sum + ids.filter((id) => id === unknownId).length, 0),
    };
  } finally {
    model.dispose();
  }
}
