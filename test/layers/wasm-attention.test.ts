import { memory, tensor2d } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { startBackend } from '../../src/tensor/backend.js';
import { attendPerHead, WASM_KERNELS } from '../../src/tensor/wasm-kernels.js';

beforeAll(() => startBackend('wasm'));

/** softmax(Q K^T) V of one head, by loops in float64. */
function attend(query: number[][], key: number[][], value: number[][]): number[][] {
  return query.map((q) => {
    const weights = key.map((k) => Math.exp(k.reduce((sum, x, i) => sum + x * (q[i] as number), 0)));
    const total = weights.reduce((a, b) => a + b, 0);
    return q.map((_, i) => weights.reduce((sum, w, j) => sum + (w / total) * (value[j]?.[i] as number), 0));
  });
}

test('every head of every sequence, padding left out', () => {
  const sizes = fc.record({
    heads: fc.integer({ min: 1, max: 3 }),
    headDim: fc.integer({ min: 1, max: 5 }),
    lengths: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
    seed: fc.integer({ min: 1, max: 1000 }),
  });
  fc.assert(
    fc.property(sizes, ({ heads, headDim, lengths, seed }) => {
      const before = memory().numTensors;
      const seq = Math.max(...lengths);
      const width = heads * headDim;
      const rows = (salt: number) =>
        Array.from({ length: lengths.length * seq }, (_, r) =>
          Array.from({ length: width }, (_, c) => Math.sin(seed * 31 + salt * 17 + r * 7 + c * 3)),
        );
      const [q, k, v] = [rows(1), rows(2), rows(3)];
      const projected = tensor2d(q.map((row, r) => [...row, ...(k[r] as number[]), ...(v[r] as number[])]));
      const output = attendPerHead(projected, {
        batch: lengths.length,
        seq,
        queries: seq,
        heads,
        headDim,
        lengths: Int32Array.from(lengths),
        additiveMask: undefined,
      });
      const actual = output.arraySync();
      for (const [sequence, length] of lengths.entries()) {
        for (let head = 0; head < heads; head++) {
          const part = (x: number[][]) =>
            x
              .slice(sequence * seq, sequence * seq + length)
              .map((row) => row.slice(head * headDim, (head + 1) * headDim));
          const expected = attend(part(q), part(k), part(v));
          expect(part(actual).flat()).toEqual(expected.flat().map((x) => expect.closeTo(x, 5)));
        }
        const padding = actual.slice(sequence * seq + length, (sequence + 1) * seq).flat();
        expect(padding.every((x) => x === 0)).toBe(true);
      }
      for (const tensor of [projected, output]) {
        tensor.dispose();
      }
      expect(memory().numTensors).toBe(before);
    }),
    { numRuns: 30 },
  );
});

test('is taken for long sequences with a query for every token, and not for others', () => {
  const isTaken = (queries: number, seq: number): boolean => {
    const projected = tensor2d(Array.from({ length: seq }, () => new Array(3 * 32).fill(0)));
    const shape = { batch: 1, seq, queries, heads: 1, headDim: 32, lengths: Int32Array.of(seq) };
    const output = WASM_KERNELS.attention?.(projected, { ...shape, additiveMask: undefined });
    output?.dispose();
    projected.dispose();
    return output !== undefined;
  };
  expect(isTaken(128, 128)).toBe(true);
  expect(isTaken(1, 128)).toBe(false);
  expect(isTaken(8, 8)).toBe(false);
});
