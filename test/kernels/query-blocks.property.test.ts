import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planQueryBlocks } from '../../dist/kernels/query-blocks.js';

test('blocks cover the queries once, in order, and keep to the budget unless one query exceeds it', () => {
  const size = fc.integer({ min: 1, max: 300 });
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 5000 }), (queries, scoresPerQuery, maxScores) => {
      let covered = 0;
      for (const { start, rows } of planQueryBlocks(queries, scoresPerQuery, maxScores)) {
        expect(start).toBe(covered);
        expect(rows).toBeGreaterThan(0);
        expect(rows === 1 || rows * scoresPerQuery <= maxScores).toBe(true);
        covered += rows;
      }
      expect(covered).toBe(queries);
    }),
  );
});

test('batches of 512 tokens are one block, 8,192 tokens are not', () => {
  expect(planQueryBlocks(512, 2 * 16 * 512)).toEqual([{ start: 0, rows: 512 }]);
  expect(planQueryBlocks(8192, 16 * 8192)).toHaveLength(64);
  expect(planQueryBlocks(1, 16 * 8192)).toEqual([{ start: 0, rows: 1 }]);
});

test('an unlimited budget is one block', () => {
  expect(planQueryBlocks(8192, 16 * 8192, Number.POSITIVE_INFINITY)).toEqual([{ start: 0, rows: 8192 }]);
});
