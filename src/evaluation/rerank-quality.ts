import { judgeRanking, meanOf } from './evaluate.js';
import { type Qrels, type Run, rankDocuments } from './judgments.js';
import type { JudgedRanking, Measure } from './measures.js';
import { type Comparison, compareValues, type Simulation } from './significance.js';

/** What can be said about a reranker on a measure. */
export type Verdict = 'helps' | 'hurts' | 'cannot tell';

/** A measure of the candidates in their first order, reranked, and in the best order. */
export interface RerankQuality {
  readonly measure: string;
  readonly firstStage: number;
  readonly reranked: number;
  /** What a perfect reranker would reach on the same candidates. */
  readonly cap: number;
  /** Reranked minus first stage. */
  readonly comparison: Comparison;
  readonly verdict: Verdict;
  /** Equal scores of the reranker inside the first k. */
  readonly ties: TieEffect;
  /** Question by question. */
  readonly queries: ReadonlyMap<
    string,
    { readonly firstStage: number; readonly reranked: number; readonly cap: number }
  >;
}

/** What the order of documents with equal scores decides. */
export interface TieEffect {
  /** Questions whose value depends on that order. */
  readonly questions: number;
  /** The mean if each tie has its least, or its most relevant documents first. */
  readonly worst: number;
  readonly best: number;
}

const SIGNIFICANT = 0.05;

/**
 * Compares a first stage with the reranked order of the same candidates. Relevant documents that are no candidates count
 * on both sides. A reranker only helps if it does so with every tie in its worst order, and only hurts if it does so with
 * every tie in its best: so a scorer that gives every document the same score proves nothing.
 *
 * @param firstStage the candidates; @param reranked the same candidates with other scores.
 */
export function measureReranking(
  qrels: Qrels,
  firstStage: Run,
  reranked: Run,
  measures: readonly Measure[],
  simulation: Simulation = {},
): RerankQuality[] {
  const rankings = Array.from(qrels, ([query, judgments]) => {
    const before = firstStage.get(query) ?? new Map<string, number>();
    const after = reranked.get(query) ?? new Map<string, number>();
    const judged = (documents: readonly string[]): JudgedRanking => judgeRanking(judgments, documents);
    const byGrade = (sign: number) => (documents: readonly string[]) =>
      [...documents].sort((a, b) => sign * ((judgments.get(b) ?? 0) - (judgments.get(a) ?? 0)));
    const ranked = rankDocuments(after);
    return {
      query,
      firstStage: judged(rankDocuments(before)),
      reranked: judged(ranked),
      cap: judged(byGrade(1)(ranked)),
      best: judged(orderTies(ranked, after, byGrade(1))),
      worst: judged(orderTies(ranked, after, byGrade(-1))),
    };
  });
  return measures.map(({ name, compute }) => {
    const values = rankings.map((ranking) => ({
      query: ranking.query,
      firstStage: compute(ranking.firstStage),
      reranked: compute(ranking.reranked),
      cap: compute(ranking.cap),
      best: compute(ranking.best),
      worst: compute(ranking.worst),
    }));
    const of = (key: 'firstStage' | 'reranked' | 'cap' | 'best' | 'worst'): number[] =>
      values.map((value) => value[key]);
    const comparison = compareValues(of('firstStage'), of('reranked'), simulation);
    const ties = {
      questions: values.filter(({ best, worst }) => best !== worst).length,
      worst: meanOf(of('worst')),
      best: meanOf(of('best')),
    };
    const withTies = (key: 'best' | 'worst'): Verdict =>
      ties.questions === 0 ? judge(comparison) : judge(compareValues(of('firstStage'), of(key), simulation));
    const verdict = judge(comparison);
    const isSure = verdict === (verdict === 'helps' ? withTies('worst') : withTies('best'));
    return {
      measure: name,
      firstStage: meanOf(of('firstStage')),
      reranked: meanOf(of('reranked')),
      cap: meanOf(of('cap')),
      comparison,
      verdict: isSure ? verdict : 'cannot tell',
      ties,
      queries: new Map(
        values.map(({ query, firstStage, reranked, cap }) => [query, { firstStage, reranked, cap }]),
      ),
    };
  });
}

/** @param p the comparison's own, or one that is corrected for several systems. */
export function judge({ difference, p }: Pick<Comparison, 'difference' | 'p'>): Verdict {
  if (!(p < SIGNIFICANT)) return 'cannot tell';
  return difference > 0 ? 'helps' : 'hurts';
}

/** The documents of each run of equal scores, in another order. */
function orderTies(
  ranked: readonly string[],
  scores: ReadonlyMap<string, number>,
  order: (documents: readonly string[]) => string[],
): string[] {
  const result: string[] = [];
  for (let start = 0; start < ranked.length; ) {
    const score = scores.get(ranked[start] as string);
    let end = start + 1;
    while (end < ranked.length && scores.get(ranked[end] as string) === score) end += 1;
    result.push(...order(ranked.slice(start, end)));
    start = end;
  }
  return result;
}
