import { calibratedScore } from '../engine/calibration.js';
import { InputError } from '../errors/errors.js';
import { createRandom } from '../math/random.js';
import { sigmoid } from '../math/sigmoid.js';
import { type CalibrationMethod, fitCalibration, type LabelledLogit } from './fit-calibration.js';

/** A labelled pair and its query: pairs of one query are never in two folds. */
export interface CalibrationExample extends LabelledLogit {
  readonly query: string;
}

/** A probability and whether it came true. */
export interface Forecast {
  readonly probability: number;
  readonly isRelevant: boolean;
}

/** A value and its 95 % interval, from a bootstrap of the queries. */
export interface Estimate {
  readonly value: number;
  readonly interval: readonly [number, number];
}

/** A bin of the reliability diagram. */
export interface ReliabilityBin {
  readonly pairs: number;
  /** Mean probability that was said. */
  readonly said: number;
  /** Share of relevant pairs. */
  readonly observed: number;
}

/** How far probabilities can be believed. */
export interface Reliability {
  /** Expected calibration error over 15 bins of equal width: mean |said - observed|, weighted by pairs. */
  readonly ece: Estimate;
  /** Mean squared difference between the probability and 0 or 1. */
  readonly brier: Estimate;
  readonly bins: readonly ReliabilityBin[];
}

/** What a calibration is worth on pairs that it was not fitted on. */
export interface CalibrationQuality {
  readonly pairs: number;
  readonly relevant: number;
  readonly queries: number;
  readonly folds: number;
  /** Of the sigmoid of the logit. */
  readonly before: Reliability;
  /** Of the calibrated score, each fold's from a curve that was fitted on the other folds. */
  readonly after: Reliability;
  /** The probability that a relevant pair has a larger logit than another one; 0.5 is chance. */
  readonly auc: Estimate;
  /** Whether the interval of the AUC is above chance. If not, no threshold means anything. */
  readonly isSeparable: boolean;
  /** The cross-fitted probabilities. */
  readonly forecasts: readonly Forecast[];
}

/** The lowest calibrated score from which on a share of the pairs is relevant. */
export interface PrecisionThreshold {
  readonly precision: number;
  readonly score: number;
  /** Pairs from this score on, and the share of all relevant ones that is among them. */
  readonly pairs: number;
  readonly recall: number;
}

const BINS = 15;
const FOLDS = 5;
const ROUNDS = 1000;
/** A threshold over fewer pairs says nothing. */
const FEWEST_PAIRS = 10;

/**
 * Fits and tests by turns: the queries are divided into folds, and each fold is tested with a curve that was fitted on
 * the others.
 *
 * @throws InputError if there are too few queries or pairs of a label to do so.
 */
export function assessCalibration(
  given: readonly CalibrationExample[],
  method: CalibrationMethod,
  { seed = 1 }: { readonly seed?: number | undefined } = {},
): CalibrationQuality {
  const examples = [...given].sort((a, b) => a.logit - b.logit);
  const queries = groupByQuery(examples);
  const random = createRandom(seed);
  const order = [...queries.keys()];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] as string, order[i] as string];
  }
  const foldOf = new Map(order.map((query, i) => [query, i % FOLDS]));
  const forecasts = new Array<Forecast>(examples.length);
  for (let fold = 0; fold < FOLDS; fold++) {
    const isOut = ({ query }: CalibrationExample): boolean => foldOf.get(query) === fold;
    const others = examples.filter((example) => !isOut(example));
    assertBothLabels(others, queries.size);
    const curve = fitCalibration(others, method);
    for (const [i, example] of examples.entries()) {
      const { logit, isRelevant } = example;
      if (isOut(example)) forecasts[i] = { probability: calibratedScore(logit, curve), isRelevant };
    }
  }
  const plain = examples.map(({ logit, isRelevant }) => ({ probability: sigmoid(logit), isRelevant }));
  const groups = [...queries.values()];
  /** A value for all examples, and the middle of its values for queries drawn with replacement. */
  const estimate = (measure: (weights: Float64Array) => number): Estimate => {
    const draw = createRandom(seed);
    const weights = new Float64Array(examples.length);
    const values = Array.from({ length: ROUNDS }, () => {
      weights.fill(0);
      for (let i = 0; i < groups.length; i++) {
        for (const index of groups[Math.floor(draw() * groups.length)] as number[])
          weights[index] = (weights[index] as number) + 1;
      }
      return measure(weights);
    })
      .filter((value) => !Number.isNaN(value))
      .sort((a, b) => a - b);
    const at = (share: number): number => values[Math.round(share * (values.length - 1))] ?? Number.NaN;
    return { value: measure(weights.fill(1)), interval: [at(0.025), at(0.975)] };
  };
  const reliability = (all: readonly Forecast[]): Reliability => ({
    ece: estimate((weights) => expectedCalibrationError(all, weights)),
    brier: estimate((weights) => brierScore(all, weights)),
    bins: reliabilityBins(all),
  });
  const auc = estimate((weights) => areaUnderCurve(examples, weights));
  return {
    pairs: examples.length,
    relevant: examples.filter(({ isRelevant }) => isRelevant).length,
    queries: queries.size,
    folds: FOLDS,
    before: reliability(plain),
    after: reliability(forecasts),
    auc,
    isSeparable: auc.interval[0] > 0.5,
    forecasts,
  };
}

/**
 * @param precision share of relevant pairs that is wanted, above 0 and at most 1.
 * @returns undefined if no score reaches it over at least {@link FEWEST_PAIRS} pairs.
 */
export function findThreshold(
  forecasts: readonly Forecast[],
  precision: number,
): PrecisionThreshold | undefined {
  const sorted = [...forecasts].sort((a, b) => b.probability - a.probability);
  const all = forecasts.filter(({ isRelevant }) => isRelevant).length;
  let found: PrecisionThreshold | undefined;
  let relevant = 0;
  for (const [i, { probability, isRelevant }] of sorted.entries()) {
    relevant += isRelevant ? 1 : 0;
    const pairs = i + 1;
    if (sorted[pairs]?.probability === probability) continue; // equal scores are on the same side
    if (pairs >= FEWEST_PAIRS && relevant / pairs >= precision) {
      found = { precision: relevant / pairs, score: probability, pairs, recall: relevant / all };
    }
  }
  return found;
}

/** By equal widths of the probability; empty bins are left out. @param weights of the pairs, 1 each by default. */
function reliabilityBins(forecasts: readonly Forecast[], weights?: Float64Array): ReliabilityBin[] {
  const sums = Array.from({ length: BINS }, () => ({ pairs: 0, said: 0, relevant: 0 }));
  for (let i = 0; i < forecasts.length; i++) {
    const { probability, isRelevant } = forecasts[i] as Forecast;
    const weight = weights?.[i] ?? 1;
    const bin = sums[Math.min(BINS - 1, Math.floor(probability * BINS))] as (typeof sums)[number];
    bin.pairs += weight;
    bin.said += weight * probability;
    bin.relevant += isRelevant ? weight : 0;
  }
  return sums
    .filter(({ pairs }) => pairs > 0)
    .map(({ pairs, said, relevant }) => ({ pairs, said: said / pairs, observed: relevant / pairs }));
}

/** @param weights of the pairs, 1 each by default. */
export function expectedCalibrationError(forecasts: readonly Forecast[], weights?: Float64Array): number {
  let [sum, all] = [0, 0];
  for (const { pairs, said, observed } of reliabilityBins(forecasts, weights)) {
    sum += pairs * Math.abs(said - observed);
    all += pairs;
  }
  return sum / all;
}

/** @param weights of the pairs, 1 each by default. */
export function brierScore(forecasts: readonly Forecast[], weights?: Float64Array): number {
  let [sum, all] = [0, 0];
  for (let i = 0; i < forecasts.length; i++) {
    const { probability, isRelevant } = forecasts[i] as Forecast;
    const weight = weights?.[i] ?? 1;
    sum += weight * (probability - (isRelevant ? 1 : 0)) ** 2;
    all += weight;
  }
  return sum / all;
}

/**
 * The share of pairs of one relevant and one other example in which the relevant one has the larger logit; equal ones
 * count half.
 *
 * @param examples sorted by logit. @param weights of the examples, 1 each by default.
 * @returns NaN without examples of both labels.
 */
export function areaUnderCurve(examples: readonly LabelledLogit[], weights?: Float64Array): number {
  let [won, relevant, others] = [0, 0, 0];
  for (let start = 0; start < examples.length; ) {
    let [sameRelevant, sameOthers, end] = [0, 0, start];
    for (; examples[end]?.logit === examples[start]?.logit && end < examples.length; end++) {
      const weight = weights?.[end] ?? 1;
      if (examples[end]?.isRelevant) sameRelevant += weight;
      else sameOthers += weight;
    }
    won += sameRelevant * (others + sameOthers / 2);
    relevant += sameRelevant;
    others += sameOthers;
    start = end;
  }
  return won / (relevant * others);
}

/** Indices of the examples of each query. */
function groupByQuery(examples: readonly CalibrationExample[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [i, { query }] of examples.entries()) {
    const group = groups.get(query);
    if (group === undefined) groups.set(query, [i]);
    else group.push(i);
  }
  return groups;
}

function assertBothLabels(examples: readonly LabelledLogit[], queries: number): void {
  const relevant = examples.filter(({ isRelevant }) => isRelevant).length;
  if (queries < FOLDS || relevant === 0 || relevant === examples.length) {
    throw new InputError(
      `A calibration needs relevant and other pairs of at least ${FOLDS} queries, also when the queries of one fold in ` +
        `${FOLDS} are left out; here are ${queries} queries.`,
    );
  }
}
