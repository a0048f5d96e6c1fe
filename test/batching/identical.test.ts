import { expect, test } from 'vitest';
import { groupIdentical } from '../../dist/batching/identical.js';

test('identical sequences are one group, in the order of their first ones', () => {
  const sequences = [[1, 2], [12], [1, 2, 3], [1, 2], Int32Array.of(12), [], [2, 1]];
  expect(groupIdentical(sequences)).toEqual([[0, 3], [1, 4], [2], [5], [6]]);
  expect(groupIdentical([])).toEqual([]);
});
