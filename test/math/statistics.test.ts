import { expect, test } from 'vitest';
import { absoluteDifferences, median, spread } from '../../dist/math/statistics.js';

test('the median is the middle value by size, in any input order', () => {
  expect(median([10, 2, 9])).toBe(9); // not 2, nor 10 as text would sort
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
  expect(median([])).toBeNaN();
});

test('spread has both ends, and takes nothing apart', () => {
  const values = [3, -1, 2];
  expect(spread(values)).toEqual({ median: 2, min: -1, max: 3 });
  expect(values).toEqual([3, -1, 2]);
  expect(spread([])).toEqual({ median: Number.NaN, min: Number.NaN, max: Number.NaN });
});

test('absolute differences', () => {
  expect(absoluteDifferences([1, 2, 3], [1, 4, 2])).toEqual({ max: 2, mean: 1 });
  expect(absoluteDifferences([1, Number.NaN], [1, 1]).max).toBeNaN();
  expect(absoluteDifferences([1, 2], [1]).max).toBeNaN();
});
