import { memory, tensor1d, tensor2d, tidy, transpose } from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { startBackend } from '../../../dist/kernels/backend.js';
import { type AssemblyForm, compileForm } from '../../../dist/kernels/wasm/wasm-assembly.js';
import { gelu, geluSlope } from '../../../dist/kernels/wasm/wasm-gelu.js';
import { withTeam } from '../../../dist/kernels/wasm/wasm-kernels.js';
import { layerNorm } from '../../../dist/kernels/wasm/wasm-layer-norm.js';
import { WASM_LINEAR } from '../../../dist/kernels/wasm/wasm-linear.js';
import { Team } from '../../../dist/kernels/wasm/wasm-team.js';

beforeAll(() => startBackend('wasm'));

/** Numbers of float32 without a pattern. */
const numbers = (rows: number, columns: number, salt: number): number[][] =>
  Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) => Math.fround(Math.sin(salt * 97 + r * 7.3 + c * c * 3.1))),
  );

/** x Phi(x) by the Taylor series of erf, which converges everywhere. */
function exactGelu(x: number): number {
  const t = x * Math.SQRT1_2;
  let term = t;
  let sum = t;
  for (let n = 1; n < 300; n++) {
    term *= (-t * t) / n;
    sum += term / (2 * n + 1);
  }
  return 0.5 * x * (1 + (2 / Math.sqrt(Math.PI)) * sum);
}

test('GELU is the exact form far beyond float32, and saturates', () => {
  for (let x = -4; x <= 4; x += 0.0173) {
    expect(Math.abs(gelu(x) - exactGelu(x))).toBeLessThan(1e-8);
  }
  expect(Math.abs(gelu(5.999) - 5.999)).toBeLessThan(2e-8);
  expect(Math.abs(gelu(-5.999))).toBeLessThan(2e-8);
  expect([gelu(6), gelu(-6), gelu(1e30), gelu(-1e30), gelu(0)]).toEqual([6, 0, 1e30, 0, 0]);
  expect(gelu(Number.NaN)).toBeNaN();
});

test('the slope of GELU is that of the exact form, and saturates', () => {
  const h = 1e-4;
  for (let x = -4; x <= 4; x += 0.0173) {
    const slope = (exactGelu(x + h) - exactGelu(x - h)) / (2 * h);
    expect(Math.abs(geluSlope(x) - slope)).toBeLessThan(1e-7);
  }
  expect([geluSlope(6), geluSlope(-6), geluSlope(1e30), geluSlope(-1e30)]).toEqual([1, 0, 1, 0]);
});

// 1 to 12 blocks: a single one, a short last one, and more than are added at once.
test.each([3, 256, 300, 700, 1280, 1500])('a linear layer over %i features', (inFeatures) => {
  const [x, w, [b]] = [numbers(5, inFeatures, 1), numbers(inFeatures, 4, 2), numbers(1, 4, 3)];
  const expected = x.flatMap((row) =>
    Array.from({ length: 4 }, (_, column) =>
      row.reduce(
        (sum, value, i) => sum + value * (w[i]?.[column] as number),
        (b as number[])[column] as number,
      ),
    ),
  );
  const before = memory().numTensors;
  tidy(() => {
    const input = tensor2d(x);
    const prepared = WASM_LINEAR.prepare(transpose(tensor2d(w)), tensor1d(b as number[]));
    const made = memory().numTensors;
    const plain = WASM_LINEAR.forward(input, prepared);
    const activated = WASM_LINEAR.forward(input, prepared, 'gelu');
    expect(memory().numTensors).toBe(made + 2);
    expect([...plain.dataSync()]).toEqual(expected.map((value) => expect.closeTo(value, 4)));
    expect([...activated.dataSync()]).toEqual(expected.map((value) => expect.closeTo(gelu(value), 4)));
    expect([...input.dataSync()]).toEqual(x.flat()); // its input is as it was
  });
  expect(memory().numTensors).toBe(before);
});

test.each(['JavaScript', 'fused', 'separate'])(
  '%s: LayerNorm with its eps, a row at a time',
  async (name) => {
    const norm =
      name === 'JavaScript'
        ? layerNorm
        : withTeam(await Team.start(await compileForm(name as AssemblyForm), 1)).layerNorm;
    const eps = 0.1;
    for (const hidden of [1, 2, 7, 8, 24]) {
      // More rows than a thread takes at once.
      const [x, [weight], [bias]] = [numbers(35, hidden, 4), numbers(1, hidden, 5), numbers(1, hidden, 6)];
      const expected = x.flatMap((row) => {
        const mean = row.reduce((a, b) => a + b) / hidden;
        const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / hidden;
        return row.map(
          (value, i) =>
            ((value - mean) / Math.sqrt(variance + eps)) * (weight?.[i] as number) + (bias?.[i] as number),
        );
      });
      const actual = tidy(() =>
        norm(tensor2d(x), tensor1d(weight as number[]), tensor1d(bias as number[]), eps).dataSync(),
      );
      expect([...actual]).toEqual(expected.map((value) => expect.closeTo(value, 6)));
    }
  },
);
