import { expect, test } from 'vitest';
import { findOrderChanges } from '../../dist/math/order-changes.js';

test('only items of one group have an order, and a tie is not a change', () => {
  const reference = [3, 2, 1, 5, 0, 0];
  const ours = [1, 2, 0, 0, 1, 2];
  expect(findOrderChanges(reference, ours, ['a', 'a', 'a', 'b', 'c', 'c'])).toEqual({
    pairs: 4,
    changes: [{ first: 0, second: 1, margin: 1 }],
  });
});

test('the largest change comes first; changes within the margin do not count', () => {
  const changes = (minMargin: number) =>
    findOrderChanges([3, 1, 0], [0, 1, 2], [0, 0, 0], minMargin).changes.map(({ first, second }) => [
      first,
      second,
    ]);
  expect(changes(0)).toEqual([
    [0, 2],
    [0, 1],
    [1, 2],
  ]);
  expect(changes(1)).toEqual([
    [0, 2],
    [0, 1],
  ]);
});
