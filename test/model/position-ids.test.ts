import { expect, test } from 'vitest';
import { createPositionIds } from '../../dist/model/position-ids.js';

test('positions count from padTokenId + 1, row by row', () => {
  const ids = Int32Array.of(0, 7, 8, 2, 0, 9, 2, 2);
  expect([...createPositionIds(ids, 4, 1)]).toEqual([2, 3, 4, 5, 2, 3, 4, 5]);
});

test('a pad, also one inside the text, has position padTokenId and is not counted', () => {
  const ids = Int32Array.of(0, 1, 8, 2, 1, 1);
  expect([...createPositionIds(ids, 6, 1)]).toEqual([2, 1, 3, 4, 1, 1]);
});
