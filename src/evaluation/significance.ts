import { createRandom } from '../math/random.js';
import { meanOf } from './evaluate.js';

/** How chance is simulated. */
export interface Simulation {
  /** Simulated data sets; default 10,000. */
  readonly rounds?: number | undefined;
  /** The same seed gives the same numbers; default 1. */
  readonly seed?: number | undefined;
}

/** Two systems on the same questions: the second minus the first. */
export interface Comparison {
  /** Mean difference. */
  readonly difference: number;
  /** 95 % interval of the mean difference. */
  readonly interval: readonly [number, number];
  /** The probability of a difference at least as large, in either direction, if both systems were equally good. */
  readonly p: number;
  /** Questions on which the second system is better, equal, worse. */
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
  /** A difference that so many questions, with this spread, would show in 4 of 5 cases (at 5 %). */
  readonly detectable: number;
}

export const DEFAULT_ROUNDS = 10_000;
export const DEFAULT_SEED = 1;
/** Values that differ by less are equal: the rest is rounding. */
const SAME = 1e-12;
/** z of 97.5 % and of 80 %. */
const DETECTABLE_Z = 1.959964 + 0.841621;

/**
 * Compares two systems by their values on the same questions.
 *
 * @param before values of the first system; @param after of the second, question by question. At least one.
 */
export function compareValues(
  before: readonly number[],
  after: readonly number[],
  { rounds = DEFAULT_ROUNDS, seed = DEFAULT_SEED }: Simulation = {},
): Comparison {
  const differences = after.map((value, i) => value - (before[i] ?? Number.NaN));
  const wins = differences.filter((difference) => difference > SAME).length;
  const losses = differences.filter((difference) => difference < -SAME).length;
  return {
    difference: meanOf(differences),
    interval: bootstrapInterval(differences, { rounds, seed }),
    p: randomizationTest(differences, { rounds, seed }),
    ...{ wins, ties: differences.length - wins - losses, losses },
    detectable: detectableDifference(differences),
  };
}

/**
 * The paired randomization test: if both systems were equally good, each question's difference could as well have the
 * other sign. p = (b + 1) / (rounds + 1), where b counts the simulations with a mean as far from 0 as the measured one.
 */
export function randomizationTest(
  differences: readonly number[],
  { rounds = DEFAULT_ROUNDS, seed = DEFAULT_SEED }: Simulation = {},
): number {
  const random = createRandom(seed);
  const changed = Float64Array.from(differences.filter((difference) => Math.abs(difference) > SAME));
  const measured = Math.abs(changed.reduce((sum, difference) => sum + difference, 0));
  let asFar = 0;
  for (let round = 0; round < rounds; round++) {
    let sum = 0;
    for (const difference of changed) sum += random() < 0.5 ? difference : -difference;
    if (Math.abs(sum) >= measured - SAME) asFar += 1;
  }
  return (asFar + 1) / (rounds + 1);
}

/** The 95 % interval of a mean: the middle of the means of samples that are drawn from the values with replacement. */
export function bootstrapInterval(
  values: readonly number[],
  { rounds = DEFAULT_ROUNDS, seed = DEFAULT_SEED }: Simulation = {},
): [number, number] {
  const random = createRandom(seed);
  const source = Float64Array.from(values);
  const means = new Float64Array(rounds).map(() => {
    let sum = 0;
    for (let i = 0; i < source.length; i++) sum += source[Math.floor(random() * source.length)] as number;
    return sum / source.length;
  });
  means.sort();
  const at = (share: number): number => means[Math.round(share * (rounds - 1))] ?? Number.NaN;
  return [at(0.025), at(0.975)];
}

/**
 * Holm's correction for several tests: p values that may be compared with 5 % together.
 *
 * @returns in the order of the input.
 */
export function holm(ps: readonly number[]): number[] {
  const adjusted = new Array<number>(ps.length);
  let largest = 0;
  for (const [rank, index] of [...ps.keys()].sort((a, b) => (ps[a] ?? 0) - (ps[b] ?? 0)).entries()) {
    largest = Math.max(largest, Math.min(1, (ps.length - rank) * (ps[index] ?? Number.NaN)));
    adjusted[index] = largest;
  }
  return adjusted;
}

function detectableDifference(differences: readonly number[]): number {
  const n = differences.length;
  const middle = meanOf(differences);
  const variance = differences.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, n - 1);
  return DETECTABLE_Z * Math.sqrt(variance / n);
}
