import { expect, test } from 'vitest';
import {
  bootstrapInterval,
  compareValues,
  holm,
  randomizationTest,
} from '../../dist/evaluation/significance.js';
import { createRandom } from '../../dist/math/random.js';

test('p is near that of all sign changes, and never 0', () => {
  // 8 questions, all better by the same: 2 of 2^8 sign changes are as far from 0.
  expect(randomizationTest(new Array(8).fill(0.1))).toBeCloseTo(2 / 256, 2);
  // -1 to 3: the sums of +-1 +-2 +-3 as far from 0 as 4 are 4, 6, and their opposites.
  expect(randomizationTest([-1, 2, 3])).toBeCloseTo(4 / 8, 1);
  expect(randomizationTest(new Array(60).fill(0.1))).toBe(1 / 10_001);
  expect(randomizationTest(new Array(60).fill(0.1), { rounds: 99 })).toBe(1 / 100);
  expect(randomizationTest([0, 0, 0])).toBe(1);
  expect(randomizationTest([0.1, -0.1])).toBe(1);
});

test('of equally good systems about 5 % have p below 5 %', () => {
  const random = createRandom(5);
  let below = 0;
  for (let i = 0; i < 400; i++) {
    const differences = Array.from({ length: 30 }, () => random() - 0.5);
    if (randomizationTest(differences, { rounds: 399, seed: i }) <= 0.05) below += 1;
  }
  expect(below).toBeGreaterThanOrEqual(8);
  expect(below).toBeLessThanOrEqual(32);
});

test('the bootstrap interval is near the one of normal theory', () => {
  const random = createRandom(7);
  const values = Array.from({ length: 400 }, random);
  const mean = values.reduce((a, b) => a + b) / values.length;
  const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  const [low, high] = bootstrapInterval(values);
  expect(low).toBeCloseTo(mean - (1.96 * spread) / 20, 2);
  expect(high).toBeCloseTo(mean + (1.96 * spread) / 20, 2);
  expect(bootstrapInterval([0.3, 0.3])).toEqual([0.3, 0.3]);
});

test("Holm's correction, worked out by hand", () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  expect(holm([0.6, 0.5])).toEqual([1, 1]);
  expect(holm([0.02])).toEqual([0.02]);
  expect(holm([])).toEqual([]);
});

test('a comparison counts better, equal and worse questions; rounding is no difference', () => {
  const { difference, wins, ties, losses } = compareValues([0.5, 0.3, 0.1, 1], [1, 0.3 + 1e-16, 0, 1]);
  expect({ wins, ties, losses }).toEqual({ wins: 1, ties: 2, losses: 1 });
  expect(difference).toBeCloseTo(0.1, 12);
  expect(compareValues([0, 1, 0], [1, 0, 1])).toEqual(compareValues([0, 1, 0], [1, 0, 1]));
});

test('the detectable difference is found in about 4 of 5 sets', () => {
  const random = createRandom(9);
  const noise = () => random() + random() + random() + random() - 2;
  const { detectable } = compareValues(new Array(2000).fill(0), Array.from({ length: 2000 }, noise), {
    rounds: 9,
  });
  const effect = detectable * Math.sqrt(2000 / 50); // for 50 questions
  let found = 0;
  for (let i = 0; i < 200; i++) {
    const differences = Array.from({ length: 50 }, () => effect + noise());
    if (randomizationTest(differences, { rounds: 399, seed: i }) <= 0.05) found += 1;
  }
  expect(found / 200).toBeGreaterThan(0.7);
  expect(found / 200).toBeLessThan(0.9);
});
