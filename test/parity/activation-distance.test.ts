import { expect, test } from 'vitest';
import { activationDistance, worstOf } from '../../dist/parity/activation-distance.js';

test('equal numbers have no distance', () => {
  expect(activationDistance([1, -2, 3], [1, -2, 3])).toEqual({
    max: 0,
    mean: 0,
    p999: 0,
    cosine: 1,
    magnitude: 3,
  });
});

test('max, mean, 99.9 % and cosine', () => {
  const expected = new Float64Array(10_000).fill(1);
  const actual = expected.map((value, i) => value + (i < 9 ? 0.5 : i < 10 ? 4 : 0.25));
  const { max, mean, p999 } = activationDistance(expected, actual);
  expect(max).toBe(4);
  expect(mean).toBeCloseTo((9 * 0.5 + 4 + 9_990 * 0.25) / 10_000, 12);
  expect(p999).toBe(0.25); // ten of 10,000 may be beyond
  expect(activationDistance([1, 0], [0, 1]).cosine).toBe(0);
  expect(activationDistance([1, 2], [-2, -4]).cosine).toBeCloseTo(-1, 12);
});

test('values that cannot be compared are NaN, which passes no tolerance', () => {
  for (const actual of [[1, Number.NaN], [1], [1, 2, 3]]) {
    const { max, cosine } = activationDistance([1, 2], actual);
    expect([max, cosine]).toEqual([Number.NaN, Number.NaN]);
    expect(max <= 1).toBe(false);
  }
});

test('the worst of several', () => {
  const near = activationDistance([3, 4], [3, 4.5]);
  const far = activationDistance([1, 0], [0, 1]);
  expect(worstOf([near, far])).toEqual({ ...far, magnitude: 4, mean: (near.mean + far.mean) / 2 });
});
