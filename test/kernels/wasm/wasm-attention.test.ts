import { memory, tensor2d } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { startBackend } from '../../../dist/kernels/backend.js';
import { attendPerHead } from '../../../dist/kernels/wasm/wasm-attention.js';

beforeAll(() => startBackend('wasm'));

/** softmax(Q K^T) V of one head, by loops in float64. */
function attend(query: number[][], key: number[][], value: number[][]): number[][] {
  return query.map((q) => {
    const weights = key.map((k) => Math.exp(k.reduce((sum, x, i) => sum + x * (q[i] as number), 0)));
    const total = weights.reduce((a, b) => a + b, 0);
    return q.map((_, i) => weights.reduce((sum, w, j) => sum + (w / total) * (value[j]?.[i] as number), 0));
  });
}

test('every head of every sequence, without the keys of padding', () => {
  const sizes = fc.record({
    heads: fc.integer({ min: 1, max: 3 }),
    headDim: fc.integer({ min: 1, max: 5 }),
    lengths: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
    seed: fc.integer({ min: 1, max: 1000 }),
    firstAlone: fc.boolean(),
    maxScores: fc.integer({ min: 1, max: 100 }),
  });
  fc.assert(
    fc.property(sizes, ({ heads, headDim, lengths, seed, firstAlone, maxScores }) => {
      const before = memory().numTensors;
      const seq = Math.max(...lengths);
      const queries = firstAlone ? 1 : seq;
      const width = heads * headDim;
      const rows = (salt: number) =>
        Array.from({ length: lengths.length * seq }, (_, r) =>
          Array.from({ length: width }, (_, c) => Math.sin(seed * 31 + salt * 17 + r * 7 + c * 3)),
        );
      const [q, k, v] = [rows(1), rows(2), rows(3)];
      const projected = tensor2d(q.map((row, r) => [...row, ...(k[r] as number[]), ...(v[r] as number[])]));
      const output = attendPerHead(
        projected,
        {
          batch: lengths.length,
          seq,
          queries,
          heads,
          headDim,
          lengths: Int32Array.from(lengths),
          additiveMask: undefined,
        },
        maxScores,
      );
      const actual = output.arraySync();
      for (const [sequence, length] of lengths.entries()) {
        for (let head = 0; head < heads; head++) {
          const part = (x: number[][], start: number, rows: number) =>
            x.slice(start, start + rows).map((row) => row.slice(head * headDim, (head + 1) * headDim));
          const [key, value] = [k, v].map((x) => part(x, sequence * seq, length));
          const expected = attend(part(q, sequence * seq, queries), key as number[][], value as number[][]);
          const got = part(actual, sequence * queries, queries);
          expect(got.flat()).toEqual(expected.flat().map((x) => expect.closeTo(x, 5)));
        }
      }
      for (const tensor of [projected, output]) {
        tensor.dispose();
      }
      expect(memory().numTensors).toBe(before);
    }),
    { numRuns: 30 },
  );
});
