import { dispose, memory, neg, type Tensor, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../../dist/kernels/backend.js';
import type { Kernels } from '../../../dist/kernels/kernels.js';
import { gelu, PLAIN_KERNELS } from '../../../dist/kernels/plain.js';
import { Embedding } from '../../../dist/model/layers/embedding.js';
import { LayerNorm } from '../../../dist/model/layers/layer-norm.js';
import { Linear } from '../../../dist/model/layers/linear.js';
import { type Loaded, loadWeights, type WeightScope } from '../../../dist/weights/weight-scope.js';
import { memoryCheckpoint } from '../../support/memory-checkpoint.js';

beforeAll(() => startBackend('wasm'));

const number = fc.double({ min: -4, max: 4, noNaN: true }).map(Math.fround);

/** Loads one layer, runs it on x, frees everything; remaining tensors are a leak. */
async function run<T extends { forward(x: Tensor2D, kernels: Kernels): Tensor2D; dispose(): void }>(
  weights: Parameters<typeof memoryCheckpoint>[0],
  load: (scope: WeightScope) => T,
  x: number[][],
): Promise<number[]> {
  const before = memory().numTensors;
  const layer = await loadWeights(memoryCheckpoint(weights), load);
  const input = tensor2d(x);
  const output = layer.forward(input, PLAIN_KERNELS);
  const values = [...output.dataSync()];
  input.dispose();
  output.dispose();
  layer.dispose();
  expect(memory().numTensors).toBe(before);
  return values;
}

test('Linear: x W^T + b with W as PyTorch stores it, [out, in]', async () => {
  const weights = {
    weight: { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
    bias: { shape: [2], values: [0.5, -0.5] },
  };
  const load = (scope: WeightScope) => Linear.load(scope, { inFeatures: 3, outFeatures: 2 });
  expect(
    await run(weights, load, [
      [1, 0, -1],
      [2, 1, 0],
    ]),
  ).toEqual([-1.5, -2.5, 4.5, 12.5]);
});

test('Embedding: rows by id', async () => {
  const table = { weight: { shape: [3, 2], values: [0, 1, 2, 3, 4, 5] } };
  const { embedding } = await loadWeights(memoryCheckpoint(table), (scope) => ({
    embedding: Embedding.load(scope, { numEmbeddings: 3, embeddingDim: 2 }),
    dispose: () => {},
  }));
  const rows = embedding.forward([2, 0, 2]);
  expect([...rows.dataSync()]).toEqual([4, 5, 0, 1, 4, 5]);
  rows.dispose();
  expect(() => embedding.forward([3])).toThrow('Id 3 is looked up in a table of 3 rows.');
});

test('LayerNorm: the formula, computed in float64', async () => {
  const width = 5;
  const row = fc.array(number, { minLength: width, maxLength: width });
  await fc.assert(
    fc.asyncProperty(row, row, row, fc.constantFrom(1e-12, 1e-5, 0.1), async (x, weight, bias, eps) => {
      const mean = x.reduce((a, b) => a + b, 0) / width;
      const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / width;
      fc.pre(variance > 1e-3); // below, float32 itself loses the digits
      const expected = x.map(
        (v, i) => ((v - mean) / Math.sqrt(variance + eps)) * (weight[i] as number) + (bias[i] as number),
      );
      const weights = { weight: { shape: [width], values: weight }, bias: { shape: [width], values: bias } };
      const load = (scope: WeightScope) => LayerNorm.load(scope, { normalizedShape: width, eps });
      const actual = await run(weights, load, [x]);
      for (const [i, value] of actual.entries()) {
        expect(Math.abs(value - (expected[i] as number))).toBeLessThan(2e-5);
      }
    }),
    { numRuns: 50 },
  );
});

test('GELU: the exact form, against values of the error function from tables', () => {
  // x / 2 * (1 + erf(x / sqrt 2)) with erf from Abramowitz and Stegun, table 7.1
  const known = [
    [0, 0],
    [Math.SQRT2, (Math.SQRT2 / 2) * (1 + 0.8427007929497149)],
    [-Math.SQRT2, (-Math.SQRT2 / 2) * (1 - 0.8427007929497149)],
    [Math.SQRT2 / 2, (Math.SQRT2 / 4) * (1 + 0.5204998778130465)],
    [3 * Math.SQRT2, ((3 * Math.SQRT2) / 2) * (1 + 0.9999779095030014)],
    [10, 10],
    [-10, 0],
  ] as const;
  const x = tensor1d(known.map(([at]) => at));
  const actual = [...gelu(x).dataSync()];
  for (const [i, [, expected]] of known.entries()) {
    expect(Math.abs((actual[i] as number) - expected)).toBeLessThan(1e-6);
  }
});
describe('loadWeights', () => {
  /** The smallest layer: it only asks for weights. */
  const asked = (weights: Loaded<readonly Tensor[]>) => ({ weights, dispose: () => {} });

  test('a weight is not available before the file was read', async () => {
    let early: unknown;
    await loadWeights(memoryCheckpoint({ a: { shape: [1], values: [3] } }), (root) => {
      const weights = root.tensors({ a: [1] }, ({ a }) => [a]);
      try {
        void weights.value;
      } catch (error) {
        early = error;
      }
      return asked(weights);
    }).then(({ weights }) => dispose([...weights.value]));
    expect(early).toMatchObject({ code: 'internal', message: expect.stringContaining('before') });
  });

  test('reads in file order, reports its progress, and leaves no tensor after a failure', async () => {
    const checkpoint = memoryCheckpoint({
      b: { shape: [2], values: [1, 2] },
      a: { shape: [1], values: [3] },
    });
    const read: string[] = [];
    const progress: number[] = [];
    const broken = {
      ...checkpoint,
      read: async (name: string) => {
        read.push(name);
        if (name === 'a') {
          throw new Error('the disk is gone');
        }
        return checkpoint.read(name);
      },
    };
    const before = memory().numTensors;
    const load = (from: typeof checkpoint) =>
      loadWeights(from, (root) => asked(root.tensors({ a: [1], b: [2] }, ({ a, b }) => [neg(a), b])), {
        onProgress: ({ loadedBytes, totalBytes }) => progress.push(loadedBytes / totalBytes),
      });
    await expect(load(broken)).rejects.toThrow('the disk is gone');
    expect(read).toEqual(['b', 'a']);
    expect(memory().numTensors).toBe(before);
    progress.length = 0;
    const [a, b] = (await load(checkpoint)).weights.value as [Tensor, Tensor];
    expect([...a.dataSync(), ...b.dataSync()]).toEqual([-3, 1, 2]);
    expect(progress).toEqual([8 / 12, 1]);
    a.dispose();
    b.dispose();
    expect(memory().numTensors).toBe(before);
  });

  test('missing, unexpected and wrongly shaped tensors are found before anything is read', async () => {
    const checkpoint = memoryCheckpoint({ 'x.weigth': { shape: [1], values: [1] } });
    const load = loadWeights(checkpoint, (root) =>
      asked(root.in('x').tensors({ weight: [1] }, ({ weight }) => [weight])),
    );
    await expect(load).rejects.toMatchObject({ missing: ['x.weight'], unexpected: ['x.weigth'] });
    const other = loadWeights(checkpoint, (root) =>
      asked(root.in('x').tensors({ weigth: [2] }, ({ weigth }) => [weigth])),
    );
    await expect(other).rejects.toMatchObject({ tensor: 'x.weigth', expected: [2], got: [1] });
  });
});
