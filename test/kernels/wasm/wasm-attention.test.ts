import { memory, tensor2d, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { startBackend } from '../../../dist/kernels/backend.js';
import type { AttentionKernel } from '../../../dist/kernels/kernels.js';
import { type AssemblyForm, compileForm } from '../../../dist/kernels/wasm/wasm-assembly.js';
import { attendByAssembly } from '../../../dist/kernels/wasm/wasm-attend.js';
import { attendPerHead } from '../../../dist/kernels/wasm/wasm-attention.js';
import { Team } from '../../../dist/kernels/wasm/wasm-team.js';

/** The kernel in JavaScript, and that in AssemblyScript, in the forms that there are. */
const KERNELS: Record<string, () => Promise<AttentionKernel>> = {
  JavaScript: async () => attendPerHead,
  fused: () => fromAssembly('fused'),
  separate: () => fromAssembly('separate'),
};

async function fromAssembly(form: AssemblyForm): Promise<AttentionKernel> {
  return attendByAssembly(await Team.start(await compileForm(form), 2));
}

beforeAll(() => startBackend('wasm'));

/** softmax(Q K^T) V of one head, by loops in float64. */
function attend(query: number[][], key: number[][], value: number[][]): number[][] {
  return query.map((q) => {
    const weights = key.map((k) => Math.exp(k.reduce((sum, x, i) => sum + x * (q[i] as number), 0)));
    const total = weights.reduce((a, b) => a + b, 0);
    return q.map((_, i) => weights.reduce((sum, w, j) => sum + (w / total) * (value[j]?.[i] as number), 0));
  });
}

test.each(Object.keys(KERNELS))(
  '%s: every head of every sequence, keys of padding left out',
  async (name) => {
    const attention = await (KERNELS[name] as () => Promise<AttentionKernel>)();
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
        const output = attention(
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
  },
);

/** Rows of large and odd scores: a softmax of its own would overflow, and padding of vectors must not count. */
test.each(Object.keys(KERNELS))('%s: the softmax of far and of equal scores', async (name) => {
  const attention = await (KERNELS[name] as () => Promise<AttentionKernel>)();
  for (const [scores, expected] of [
    [
      [500, 400, -500, 500, 0],
      [0.5, 0, 0, 0.5, 0],
    ],
    [[-9, -9, -9, -9, -9, -9, -9], Array.from({ length: 7 }, () => 1 / 7)],
    [[0, -1, -2, -40, -86, -90], [1, Math.exp(-1), Math.exp(-2), 0, 0, 0].map((x) => x / 1.5032147244080551)],
    [
      [Number.NaN, 1, 2],
      [Number.NaN, Number.NaN, Number.NaN],
    ],
  ] as const) {
    // One head of as many numbers as there are keys; the values are the rows of the identity: the output is the softmax.
    const headDim = scores.length;
    const rows = scores.map((score, i) => [
      ...scores.map((_, j) => (j === 0 ? 1 : 0)),
      ...scores.map((_, j) => (j === 0 ? score : 0)),
      ...scores.map((_, j) => (j === i ? 1 : 0)),
    ]);
    const sizes = { batch: 1, seq: headDim, queries: 1, heads: 1, headDim };
    const output = tidy(() =>
      attention(tensor2d(rows), {
        ...sizes,
        lengths: Int32Array.of(headDim),
        additiveMask: undefined,
      }).dataSync(),
    );
    expect([...output]).toEqual(expected.map((x) => (Number.isNaN(x) ? x : expect.closeTo(x, 6))));
  }
});
