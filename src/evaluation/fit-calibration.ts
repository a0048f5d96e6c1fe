import type { CalibrationCurve } from '../engine/calibration.js';
import { sigmoid } from '../math/sigmoid.js';

/** A pair whose relevance is known. */
export interface LabelledLogit {
  readonly logit: number;
  readonly isRelevant: boolean;
}

export const CALIBRATION_METHODS = ['platt', 'isotonic'] as const;
export type CalibrationMethod = (typeof CALIBRATION_METHODS)[number];

/** Learns how logits become probabilities. @param examples at least one of each label. */
export function fitCalibration(
  examples: readonly LabelledLogit[],
  method: CalibrationMethod,
): CalibrationCurve {
  return method === 'platt' ? fitPlatt(examples) : fitIsotonic(examples);
}

const MOST_STEPS = 100;
/** The search ends when the mean gradient is smaller. */
const FLAT = 1e-10;

/**
 * The slope and intercept with the least cross-entropy, by Newton's method with halved steps (Lin, Lin and Weng, 2007).
 * Labels are pulled towards the middle as Platt did, (n + 1) / (n + 2) for n examples of a label instead of 1, so that a
 * perfect separation gives no infinite slope.
 */
function fitPlatt(examples: readonly LabelledLogit[]): CalibrationCurve {
  const relevant = examples.filter(({ isRelevant }) => isRelevant).length;
  const others = examples.length - relevant;
  const [high, low] = [(relevant + 1) / (relevant + 2), 1 / (others + 2)];
  const points = examples.map(({ logit, isRelevant }) => ({ logit, target: isRelevant ? high : low }));
  const lossOf = (slope: number, intercept: number): number =>
    points.reduce((sum, { logit, target }) => {
      const z = slope * logit + intercept;
      return sum + Math.max(z, 0) - target * z + Math.log1p(Math.exp(-Math.abs(z)));
    }, 0);
  let [slope, intercept] = [0, Math.log((relevant + 1) / (others + 1))];
  let loss = lossOf(slope, intercept);
  for (let step = 0; step < MOST_STEPS; step++) {
    let [g1, g2, h11, h12, h22] = [0, 0, 1e-12, 0, 1e-12];
    for (const { logit, target } of points) {
      const p = sigmoid(slope * logit + intercept);
      const weight = p * (1 - p);
      g1 += (p - target) * logit;
      g2 += p - target;
      h11 += weight * logit * logit;
      h12 += weight * logit;
      h22 += weight;
    }
    if (Math.max(Math.abs(g1), Math.abs(g2)) < FLAT * points.length) break;
    const determinant = h11 * h22 - h12 * h12;
    const d1 = (h12 * g2 - h22 * g1) / determinant;
    const d2 = (h12 * g1 - h11 * g2) / determinant;
    let size = 1;
    let next = lossOf(slope + d1, intercept + d2);
    while (!(next < loss + 1e-4 * size * (g1 * d1 + g2 * d2)) && size > 1e-10) {
      size /= 2;
      next = lossOf(slope + size * d1, intercept + size * d2);
    }
    if (!(next < loss)) break; // as exact as the numbers are
    slope += size * d1;
    intercept += size * d2;
    loss = next;
  }
  return { method: 'platt', slope, intercept };
}

/**
 * The rising step function with the least squared error, by pooling neighbours that are out of order. Its points are the
 * ends of each step, joined by straight lines.
 */
function fitIsotonic(examples: readonly LabelledLogit[]): CalibrationCurve {
  const sorted = [...examples].sort((a, b) => a.logit - b.logit);
  const steps: { first: number; last: number; sum: number; count: number }[] = [];
  for (const { logit, isRelevant } of sorted) {
    const previous = steps.at(-1);
    const value = isRelevant ? 1 : 0;
    if (previous !== undefined && previous.last === logit) {
      previous.sum += value;
      previous.count += 1;
    } else {
      steps.push({ first: logit, last: logit, sum: value, count: 1 });
    }
  }
  const pooled: typeof steps = [];
  for (const step of steps) {
    let own = step;
    for (let before = pooled.at(-1); before !== undefined; before = pooled.at(-1)) {
      if (before.sum / before.count < own.sum / own.count) break;
      pooled.pop();
      own = {
        first: before.first,
        last: own.last,
        sum: before.sum + own.sum,
        count: before.count + own.count,
      };
    }
    pooled.push(own);
  }
  const points = pooled.flatMap(({ first, last, sum, count }) =>
    (first === last ? [first] : [first, last]).map((logit) => ({ logit, probability: sum / count })),
  );
  return {
    method: 'isotonic',
    logits: points.map(({ logit }) => logit),
    probabilities: points.map(({ probability }) => probability),
  };
}
