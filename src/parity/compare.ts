import { InputError } from '../errors/errors.js';
import { findOrderChanges, type OrderChanges } from '../math/order-changes.js';
import type { Golden } from './golden.js';

/** The distance between two lists of numbers. */
export interface Distance {
  readonly max: number;
  readonly mean: number;
  /** Index of the largest difference. */
  readonly at: number;
}

/** |actual - expected| over lists of the same length. A NaN anywhere makes the distance NaN, which passes no tolerance. */
export function distance(expected: ArrayLike<number>, actual: ArrayLike<number>): Distance {
  if (expected.length !== actual.length) {
    throw new InputError(`${actual.length} numbers cannot be compared with ${expected.length}.`);
  }
  let max = 0;
  let sum = 0;
  let at = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] as number) - (expected[i] as number));
    sum += difference;
    if (!(difference <= max)) {
      max = difference;
      at = i;
      if (Number.isNaN(difference)) {
        return { max, mean: Number.NaN, at };
      }
    }
  }
  return { max, mean: expected.length === 0 ? 0 : sum / expected.length, at };
}

/** Our logits compared with the reference's. Distances are over all labels of all pairs. */
export interface ParityReport {
  readonly pairs: number;
  readonly tolerance: number;
  /** From the reference's float32 logits. */
  readonly fromFloat32: Distance;
  /** Our distance from the reference's float64 logits, and that of the reference's own float32: the noise. */
  readonly fromFloat64: Distance | undefined;
  readonly referenceNoise: Distance | undefined;
  /** Pairs whose token ids differ from the reference's, by index. */
  readonly idMismatches: readonly number[];
  /** Pairs whose logit is farther from the reference than the tolerance, by index. */
  readonly outOfTolerance: readonly number[];
  /** Pairs that changed places although their reference logits differ by more than twice the tolerance; the first leads there. */
  readonly orderChanges: readonly (readonly [number, number])[];
  readonly passed: boolean;
}

/**
 * Compares logits with a golden's float32 logits and, if it has them, with its float64 logits.
 *
 * @param logits ours, [pairs][labels], in the golden's order.
 * @param inputIds ours; they must be identical to the golden's.
 */
export function compareWithGolden(
  golden: Golden,
  logits: readonly (readonly number[])[],
  inputIds: readonly ArrayLike<number>[],
): ParityReport {
  const { tolerance, pairs } = golden;
  const labels = pairs[0]?.logits.length ?? 0;
  const odd = pairs.findIndex((pair, i) => pair.logits.length !== labels || logits[i]?.length !== labels);
  if (odd !== -1) {
    throw new InputError(
      `Pair ${odd} of the golden has ${pairs[odd]?.logits.length} logits and the model gives ${logits[odd]?.length}: ` +
        'the golden belongs to another model.',
    );
  }
  const ours = logits.flat();
  const float32 = pairs.flatMap((pair) => pair.logits);
  const float64 = pairs.every((pair) => pair.logitsFloat64 !== undefined)
    ? pairs.flatMap((pair) => pair.logitsFloat64 ?? [])
    : undefined;

  const near = (a: number, b: number | undefined): boolean => b === undefined || Math.abs(a - b) <= tolerance;
  const outOfTolerance = pairs.flatMap((pair, i) => {
    const within = logits[i]?.every(
      (logit, label) => near(logit, pair.logits[label]) && near(logit, pair.logitsFloat64?.[label]),
    );
    return within ? [] : [i];
  });
  const oneGroup = float32.map(() => 0);
  const idMismatches = pairs.flatMap((pair, i) => (sameIds(pair.inputIds, inputIds[i] ?? []) ? [] : [i]));
  return {
    pairs: pairs.length,
    tolerance,
    fromFloat32: distance(float32, ours),
    fromFloat64: float64 && distance(float64, ours),
    referenceNoise: float64 && distance(float64, float32),
    idMismatches,
    outOfTolerance,
    // Logits that are both within the tolerance cannot change places over a gap of twice the tolerance.
    orderChanges: labels === 1 ? toPairs(findOrderChanges(float32, ours, oneGroup, 2 * tolerance)) : [],
    passed: outOfTolerance.length === 0 && idMismatches.length === 0,
  };
}

function sameIds(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((id, i) => id === b[i]);
}

function toPairs({ changes }: OrderChanges): [number, number][] {
  return changes.map(({ first, second }) => [first, second]);
}
