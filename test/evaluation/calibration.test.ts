import { expect, test } from 'vitest';
import { calibratedScore } from '../../dist/engine/calibration.js';
import {
  areaUnderCurve,
  assessCalibration,
  brierScore,
  type CalibrationExample,
  expectedCalibrationError,
  findThreshold,
} from '../../dist/evaluation/assess-calibration.js';
import { fitCalibration } from '../../dist/evaluation/fit-calibration.js';
import { createRandom } from '../../dist/math/random.js';
import { sigmoid } from '../../dist/math/sigmoid.js';

/** Pairs whose relevance has the probability sigmoid(slope x logit + intercept). */
function examplesOf(count: number, slope: number, intercept: number): CalibrationExample[] {
  const random = createRandom(7);
  return Array.from({ length: count }, (_, i) => {
    const logit = 10 * random() - 5;
    return { logit, isRelevant: random() < sigmoid(slope * logit + intercept), query: `q${i >> 2}` };
  });
}

test("Platt's curve is found again, and isotonic is near it", () => {
  const examples = examplesOf(20_000, 0.6, -1);
  const platt = fitCalibration(examples, 'platt');
  expect(platt).toEqual({
    method: 'platt',
    slope: expect.closeTo(0.6, 1),
    intercept: expect.closeTo(-1, 1),
  });
  const isotonic = fitCalibration(examples, 'isotonic');
  for (const logit of [-4, -1, 0, 2, 4]) {
    const truth = sigmoid(0.6 * logit - 1);
    expect(calibratedScore(logit, platt)).toBeCloseTo(truth, 1);
    expect(Math.abs(calibratedScore(logit, isotonic) - truth)).toBeLessThan(0.06);
  }
});

test('the gradient of the cross-entropy is zero at Platt’s curve', () => {
  const examples = examplesOf(300, 1.5, 0.4);
  const curve = fitCalibration(examples, 'platt');
  const relevant = examples.filter(({ isRelevant }) => isRelevant).length;
  const targets = [1 / (examples.length - relevant + 2), (relevant + 1) / (relevant + 2)];
  let [bySlope, byIntercept] = [0, 0];
  for (const { logit, isRelevant } of examples) {
    const gap = calibratedScore(logit, curve) - (targets[isRelevant ? 1 : 0] as number);
    bySlope += gap * logit;
    byIntercept += gap;
  }
  expect(Math.abs(bySlope)).toBeLessThan(1e-6);
  expect(Math.abs(byIntercept)).toBeLessThan(1e-6);
});

test('a perfect separation has a finite slope, and equal logits one value', () => {
  const perfect = [-2, -1, 1, 2].map((logit) => ({ logit, isRelevant: logit > 0 }));
  const platt = fitCalibration(perfect, 'platt');
  expect(platt.method === 'platt' && platt.slope).toBeGreaterThan(0);
  expect(platt.method === 'platt' && platt.slope).toBeLessThan(10);
  const tied = [0, 0, 0, 1].map((logit, i) => ({ logit, isRelevant: i > 1 }));
  const isotonic = fitCalibration(tied, 'isotonic');
  expect(isotonic).toEqual({ method: 'isotonic', logits: [0, 1], probabilities: [1 / 3, 1] });
  expect([-9, 0, 0.5, 1, 9].map((logit) => calibratedScore(logit, isotonic))).toEqual([
    1 / 3,
    1 / 3,
    expect.closeTo(2 / 3),
    1,
    1,
  ]);
});

test('isotonic pools neighbours that are out of order', () => {
  const labels = [false, true, false, true, true];
  const examples = labels.map((isRelevant, logit) => ({ logit, isRelevant }));
  expect(fitCalibration(examples, 'isotonic')).toEqual({
    method: 'isotonic',
    logits: [0, 1, 2, 3, 4],
    probabilities: [0, 0.5, 0.5, 1, 1],
  });
});

test('measures, worked out by hand', () => {
  const forecasts = [
    { probability: 0.01, isRelevant: false },
    { probability: 0.99, isRelevant: true },
    { probability: 0.98, isRelevant: false },
  ];
  // Two bins: one pair with 0.01 and 0 of 1; two with 0.985 and 1 of 2.
  expect(expectedCalibrationError(forecasts)).toBeCloseTo((0.01 + 2 * 0.485) / 3, 12);
  expect(brierScore(forecasts)).toBeCloseTo((0.0001 + 0.0001 + 0.9604) / 3, 12);
  const logits = [1, 2, 2, 3].map((logit, i) => ({ logit, isRelevant: i === 1 || i === 3 }));
  expect(areaUnderCurve(logits)).toBe(3.5 / 4);
});

test('calibration lowers the error on queries that it did not see', () => {
  const quality = assessCalibration(examplesOf(2000, 0.5, -2), 'platt');
  expect(quality).toMatchObject({ pairs: 2000, queries: 500, folds: 5, isSeparable: true });
  const { before, after } = quality;
  expect(after.ece.interval[1]).toBeLessThan(before.ece.interval[0]);
  expect(after.brier.value).toBeLessThan(before.brier.value);
  for (const { value, interval } of [before.brier, after.brier, quality.auc]) {
    expect(value).toBeGreaterThanOrEqual(interval[0]);
    expect(value).toBeLessThanOrEqual(interval[1]);
  }
});

test('a fold is tested with a curve that has not seen it', () => {
  // Each query's pairs have a logit of their own; isotonic would know them by heart.
  const random = createRandom(3);
  const examples = Array.from({ length: 400 }, (_, i) => ({
    logit: i >> 1,
    isRelevant: random() < 0.5,
    query: `q${i >> 1}`,
  }));
  const { after, isSeparable } = assessCalibration(examples, 'isotonic');
  expect(after.brier.value).toBeGreaterThan(0.25);
  expect(isSeparable).toBe(false);
});

test('thresholds: the lowest score of the wanted precision, never between equal scores', () => {
  const forecasts = Array.from({ length: 40 }, (_, i) => ({
    probability: 1 - Math.floor(i / 10) / 10,
    isRelevant: i % 10 < 10 - 3 * Math.floor(i / 10), // 10, 7, 4, 1 of 10
  }));
  expect(findThreshold(forecasts, 0.85)).toEqual({ precision: 0.85, score: 0.9, pairs: 20, recall: 17 / 22 });
  expect(findThreshold(forecasts, 1)).toMatchObject({ score: 1, pairs: 10 });
  expect(findThreshold(forecasts.slice(0, 9), 0.5)).toBeUndefined();
  expect(findThreshold(forecasts.slice(30), 0.5)).toBeUndefined();
});

test('too few queries, or one label, are refused', () => {
  const few = examplesOf(12, 1, 0);
  expect(() => assessCalibration(few, 'platt')).toThrow(/at least 5 queries.*here are 3/);
  const allRelevant = examplesOf(100, 1, 0).map((example) => ({ ...example, isRelevant: true }));
  expect(() => assessCalibration(allRelevant, 'platt')).toThrow(/relevant and other pairs/);
});
