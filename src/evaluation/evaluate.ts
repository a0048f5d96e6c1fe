import { type Qrels, type Run, rankDocuments } from './judgments.js';
import { type JudgedRanking, type Measure, parseMeasures } from './measures.js';

/** The values of measures. */
export interface Evaluation {
  /** Means over all queries of the qrels, by the measure's name. */
  readonly measures: ReadonlyMap<string, number>;
  /** Values of each query of the qrels, in their order. */
  readonly queries: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/**
 * Scores a run by trec_eval's definitions. The mean is over all queries with judgments, as with its option `-c`: one
 * without results counts as 0, and one that only the run has does not count.
 *
 * @param measures their names, as in `"nDCG@10 RR@10"`; see {@link parseMeasures}.
 * @throws InputError for names that are no measures.
 */
export function evaluate(qrels: Qrels, run: Run, measures: string | readonly Measure[]): Evaluation {
  const list = typeof measures === 'string' ? parseMeasures(measures) : measures;
  const queries = new Map<string, ReadonlyMap<string, number>>();
  for (const [query, judgments] of qrels) {
    const ranking = judgeRanking(judgments, rankDocuments(run.get(query) ?? new Map()));
    queries.set(query, new Map(list.map(({ name, compute }) => [name, compute(ranking)])));
  }
  const means = list.map(({ name }): [string, number] => {
    return [name, meanOf(Array.from(queries.values(), (values) => values.get(name) ?? 0))];
  });
  return { measures: new Map(means), queries };
}

/** A query's results, the best first, with their judgments. */
export function judgeRanking(
  judgments: ReadonlyMap<string, number>,
  documents: readonly string[],
): JudgedRanking {
  return {
    results: documents.map((document) => judgments.get(document)),
    judgments: [...judgments.values()],
  };
}

/** 0 for no values. */
export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
