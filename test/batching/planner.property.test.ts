import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBatch } from '../../dist/batching/batch.js';
import { planBatches } from '../../dist/batching/planner.js';
import { InputError } from '../../dist/errors/errors.js';

const lengths = fc.array(fc.integer({ min: 1, max: 512 }), { maxLength: 200 });
const budget = fc.integer({ min: 1, max: 4096 });

test('a batch may have more sequences than a call can have arguments', () => {
  const sequences = Array.from({ length: 200_000 }, (_, i) => (i === 150_000 ? [7, 8, 9] : [5]));
  const { inputIds, lengths: own, seq } = createBatch(sequences, 1);
  expect([seq, own.length, own[150_000]]).toEqual([3, 200_000, 3]);
  expect([...inputIds.subarray(3 * 150_000, 3 * 150_000 + 6)]).toEqual([7, 8, 9, 5, 1, 1]);
});

describe('planBatches', () => {
  test('every sequence is in exactly one batch', () => {
    fc.assert(
      fc.property(lengths, budget, (given, maxBatchTokens) => {
        const planned = planBatches(given, maxBatchTokens).flat();
        expect(planned.sort((a, b) => a - b)).toEqual(given.map((_, i) => i));
      }),
    );
  });

  test('no batch is larger than the budget, padding counted, unless it is one sequence', () => {
    fc.assert(
      fc.property(lengths, budget, (given, maxBatchTokens) => {
        for (const batch of planBatches(given, maxBatchTokens)) {
          const longest = Math.max(...batch.map((i) => given[i] as number));
          expect(batch.length === 1 || batch.length * longest <= maxBatchTokens).toBe(true);
        }
      }),
    );
  });

  test('sequences are sorted by length: none is longer than one planned before it', () => {
    fc.assert(
      fc.property(lengths, budget, (given, maxBatchTokens) => {
        const planned = planBatches(given, maxBatchTokens)
          .flat()
          .map((i) => given[i] as number);
        expect(planned).toEqual([...planned].sort((a, b) => b - a));
      }),
    );
  });

  test('a batch is full: the next sequence would not have fitted', () => {
    fc.assert(
      fc.property(lengths, budget, (given, maxBatchTokens) => {
        const plan = planBatches(given, maxBatchTokens);
        for (const batch of plan.slice(0, -1)) {
          expect((batch.length + 1) * (given[batch[0] as number] as number)).toBeGreaterThan(maxBatchTokens);
        }
      }),
    );
  });

  test.each([0, -1, 1.5, Number.NaN])('a budget of %s is refused', (maxBatchTokens) => {
    expect(() => planBatches([1], maxBatchTokens)).toThrow(InputError);
  });
});

describe('createBatch', () => {
  test('rows are the sequences, padded on the right', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(1000), { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 10 }),
        (sequences) => {
          const { inputIds, lengths: kept, seq } = createBatch(sequences, 1);
          expect(seq).toBe(Math.max(...sequences.map((ids) => ids.length)));
          for (const [row, ids] of sequences.entries()) {
            const padded = [...ids, ...new Array(seq - ids.length).fill(1)];
            expect([...inputIds.subarray(row * seq, (row + 1) * seq)]).toEqual(padded);
            expect(kept[row]).toBe(ids.length);
          }
        },
      ),
    );
  });
});
