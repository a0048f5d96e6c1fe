import { expect, test } from 'vitest';
import { createRandom } from '../../dist/math/random.js';

const draw = (seed: number, count: number): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, random);
};

test('the same seed gives the same numbers, another seed others', () => {
  expect(draw(1, 5)).toEqual(draw(1, 5));
  expect(draw(1, 5)).not.toEqual(draw(2, 5));
  expect(new Set(draw(0, 1000)).size).toBe(1000);
});

test('numbers are spread evenly from 0 to 1, and neighbours are independent', () => {
  const numbers = draw(3, 100_000);
  const counts = new Array<number>(100).fill(0);
  for (const [i, number] of numbers.entries()) {
    const cell = 10 * Math.floor(10 * number) + Math.floor(10 * (numbers[i + 1] ?? 0));
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  // chi-squared with 99 degrees of freedom; the seed is fixed, so this cannot fail by chance
  const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  expect(chi).toBeGreaterThan(60);
  expect(chi).toBeLessThan(150);
});
