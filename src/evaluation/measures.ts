import { InputError } from '../errors/errors.js';

/** A query's results and judgments, as measures see them. */
export interface JudgedRanking {
  /** The judgment of each result, the best result first; undefined where there is none. */
  readonly results: readonly (number | undefined)[];
  /** All judgments of the query, also of documents that were not found. */
  readonly judgments: readonly number[];
}

/** A measure of one query's ranking. */
export interface Measure {
  /** As in ir_measures: `nDCG@10`. */
  readonly name: string;
  readonly compute: (ranking: JudgedRanking) => number;
}

type Formula = (ranking: JudgedRanking, k: number) => number;

/** trec_eval's measures under the names of ir_measures. Without `@k`, k is infinite. */
const FORMULAS: Readonly<Record<string, Formula>> = {
  nDCG: normalizedDiscountedGain,
  AP: averagePrecision,
  RR: reciprocalRank,
  P: (ranking, k) => countRelevant(ranking, k) / k,
  R: (ranking, k) => ratio(countRelevant(ranking, k), relevantJudgments(ranking)),
  Judged: ({ results }, k) => {
    const first = results.slice(0, k);
    return ratio(first.filter((grade) => grade !== undefined).length, first.length);
  },
};

/** Measures that say nothing without a cutoff. */
const NEED_CUTOFF = ['P', 'R', 'Judged'];

/** What {@link parseMeasures} reads, for messages and help. */
export const MEASURE_NAMES = 'nDCG nDCG@k AP AP@k RR RR@k P@k R@k Judged@k';

/**
 * Reads the names of measures, with spaces or commas between them: `"nDCG@10 RR@10"`.
 *
 * - `nDCG@k`: discounted gain of the first k results, divided by that of the best order of all judged documents. The gain
 *   is the judgment itself, the discount log2(1 + rank).
 * - `AP`: the mean, over all relevant documents, of the precision at their ranks; 0 for those not found.
 * - `RR@k`: 1 / rank of the first relevant document.
 * - `P@k`, `R@k`: relevant documents among the first k, divided by k or by the number of all relevant documents.
 * - `Judged@k`: the share of the first k results that have a judgment.
 *
 * @throws InputError for a name that is none of them, or for none at all.
 */
export function parseMeasures(names: string): Measure[] {
  const given = [...new Set(names.split(/[\s,]+/).filter((name) => name !== ''))];
  if (given.length === 0) {
    throw new InputError(`There is no measure. Measures are ${MEASURE_NAMES}.`);
  }
  return given.map((name) => {
    const [, base = '', cutoff] = /^([A-Za-z]+)(?:@([1-9]\d{0,8}))?$/.exec(name) ?? [];
    const formula = Object.hasOwn(FORMULAS, base) ? FORMULAS[base] : undefined;
    if (formula === undefined || (cutoff === undefined && NEED_CUTOFF.includes(base))) {
      throw new InputError(`${JSON.stringify(name)} is not a measure. Measures are ${MEASURE_NAMES}.`);
    }
    const k = cutoff === undefined ? Number.POSITIVE_INFINITY : Number(cutoff);
    return { name, compute: (ranking) => formula(ranking, k) };
  });
}

function normalizedDiscountedGain({ results, judgments }: JudgedRanking, k: number): number {
  const ideal = [...judgments].sort((a, b) => b - a);
  return ratio(discountedGain(results, k), discountedGain(ideal, k));
}

/** sum over ranks r from 1 to k of max(0, grade) / log2(1 + r) */
function discountedGain(grades: readonly (number | undefined)[], k: number): number {
  let sum = 0;
  for (let i = 0; i < Math.min(k, grades.length); i++) {
    sum += Math.max(0, grades[i] ?? 0) / Math.log2(i + 2);
  }
  return sum;
}

function averagePrecision(ranking: JudgedRanking, k: number): number {
  let [relevant, sum] = [0, 0];
  for (const [i, grade] of ranking.results.slice(0, k).entries()) {
    if (isRelevant(grade)) {
      relevant += 1;
      sum += relevant / (i + 1);
    }
  }
  return ratio(sum, relevantJudgments(ranking));
}

function reciprocalRank({ results }: JudgedRanking, k: number): number {
  const first = results.findIndex(isRelevant);
  return first === -1 || first >= k ? 0 : 1 / (first + 1);
}

function countRelevant({ results }: JudgedRanking, k: number): number {
  return results.slice(0, k).filter(isRelevant).length;
}

function relevantJudgments({ judgments }: JudgedRanking): number {
  return judgments.filter(isRelevant).length;
}

function isRelevant(grade: number | undefined): boolean {
  return grade !== undefined && grade >= 1;
}

/** 0 where there is nothing to divide by, as in trec_eval. */
function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}
