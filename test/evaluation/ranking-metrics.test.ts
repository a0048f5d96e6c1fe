import { expect, test } from 'vitest';
import { kendallTau, topAgreement } from '../../dist/evaluation/ranking-metrics.js';

test.each([
  ['the same order', [1, 2, 3, 4], [10, 20, 30, 40], 1],
  ['the reverse', [1, 2, 3, 4], [4, 3, 2, 1], -1],
  ['one neighbouring swap: 5 of 6 pairs agree', [1, 2, 3, 4], [1, 3, 2, 4], 4 / 6],
  // 10 pairs: 8 agree, 2 do not.
  ['two swaps', [1, 2, 3, 4, 5], [2, 1, 3, 5, 4], 6 / 10],
  // 6 pairs, one tied in a: 5 agree, 5 are ordered in a, 6 in b.
  ['a tie on one side', [1, 2, 2, 3], [1, 2, 3, 4], 5 / Math.sqrt(5 * 6)],
  // One pair tied in a, another in b: 4 agree of 5 and 5.
  ['ties on both sides', [1, 1, 2, 3], [1, 2, 3, 3], 4 / 5],
])('tau-b of %s', (_, a, b, expected) => {
  expect(kendallTau(a, b)).toBeCloseTo(expected, 12);
  expect(kendallTau(b, a)).toBeCloseTo(expected, 12);
});

test('tau-b of scores without an order is no number', () => {
  expect(kendallTau([1, 1, 1], [1, 2, 3])).toBeNaN();
  expect(kendallTau([1], [1])).toBeNaN();
});

test('top agreement counts the common ones among the best', () => {
  const a = [0.1, 0.9, 0.5, 0.7];
  expect(topAgreement(a, [1, 9, 7, 5], 1)).toBe(1);
  expect(topAgreement(a, [1, 7, 5, 9], 1)).toBe(0);
  expect(topAgreement(a, [1, 7, 5, 9], 2)).toBe(1); // the order among them does not count
  expect(topAgreement(a, [9, 7, 5, 1], 3)).toBeCloseTo(2 / 3, 12);
  expect(topAgreement(a, [9, 7, 5, 1], 9)).toBe(1); // fewer items than asked for
});

test('with equal scores the earlier item is better', () => {
  expect(topAgreement([5, 5, 1], [9, 1, 1], 1)).toBe(1);
  expect(topAgreement([5, 5, 1], [1, 9, 1], 1)).toBe(0);
});
