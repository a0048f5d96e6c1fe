import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { memory, tensor1d, tensor2d, tidy, transpose } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../../dist/kernels/backend.js';
import type { LinearKernel } from '../../../dist/kernels/kernels.js';
import { type AssemblyForm, compileForm } from '../../../dist/kernels/wasm/wasm-assembly.js';
import { gelu } from '../../../dist/kernels/wasm/wasm-gelu.js';
import { packedLinear } from '../../../dist/kernels/wasm/wasm-product.js';
import { Team } from '../../../dist/kernels/wasm/wasm-team.js';

import { ROOT } from '../../support/fixtures.js';

beforeAll(() => startBackend('wasm'));

/** Numbers of float32 in [-1, 1] without a pattern. */
const numbers = (count: number, salt: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(salt * 97 + i * 7.3 + i * i * 0.31));

interface Shape {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** x W + b in float64. */
function expected({ rows, inner, columns }: Shape, x: Float32Array, w: Float32Array, b: Float32Array) {
  return Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = b[column] as number;
    for (let k = 0; k < inner; k++) {
      sum += (x[row * inner + k] as number) * (w[k * columns + column] as number);
    }
    return sum;
  });
}

/** The largest distance from float64, of the product and of the product with GELU. */
function distances(linear: LinearKernel, shape: Shape): { plain: number; activated: number } {
  const { rows, inner, columns } = shape;
  const [x, w, b] = [numbers(rows * inner, 1), numbers(inner * columns, 2), numbers(columns, 3)];
  const exact = expected(shape, x, w, b);
  const before = memory().numTensors;
  const result = tidy(() => {
    const input = tensor2d(x, [rows, inner]);
    const prepared = linear.prepare(transpose(tensor2d(w, [inner, columns])), tensor1d(b));
    const made = memory().numTensors;
    const outputs = [linear.forward(input, prepared), linear.forward(input, prepared, 'gelu')];
    expect(memory().numTensors).toBe(made + 2);
    expect(outputs.map((output) => output.shape)).toEqual([
      [rows, columns],
      [rows, columns],
    ]);
    expect(input.dataSync()).toEqual(x); // its input is as it was
    const [plain, activated] = outputs.map((output) => output.dataSync());
    const farthest = (values: ArrayLike<number>, of: (sum: number) => number) =>
      Math.max(...exact.map((sum, i) => Math.abs((values[i] as number) - of(sum))));
    return {
      plain: farthest(plain as Float32Array, (sum) => sum),
      activated: farthest(activated as Float32Array, gelu),
    };
  });
  expect(memory().numTensors).toBe(before);
  return result;
}

/** Numbers of the sections of a WebAssembly module. */
const [IMPORTS, MEMORY, START, CODE, DATA] = [2, 5, 8, 10, 11];

/** The sections that a module has. */
function sectionsOf(bytes: Uint8Array): number[] {
  const sections: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    sections.push(bytes[at++] as number);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number;
      size |= (byte & 127) << shift;
      if (byte < 128) {
        break;
      }
    }
    at += size;
  }
  return sections;
}

describe.each<AssemblyForm>(['fused', 'separate'])('a packed product, multiply-add %s', (form) => {
  let team: Team;
  let linear: LinearKernel;
  beforeAll(async () => {
    team = await Team.start(await compileForm(form), 1);
    linear = packedLinear(team);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])('%i rows: all widths of a panel', (rows) => {
    for (let columns = 1; columns <= 17; columns++) {
      for (const inner of [1, 2, 5, 64, 65]) {
        const { plain, activated } = distances(linear, { rows, inner, columns });
        expect(plain, `${rows} x ${inner} x ${columns}`).toBeLessThan(1e-5);
        expect(activated, `${rows} x ${inner} x ${columns}, GELU`).toBeLessThan(1e-5);
      }
    }
  });

  test('all numbers of inFeatures from 1 to 70', () => {
    for (let inner = 1; inner <= 70; inner++) {
      const { plain, activated } = distances(linear, { rows: 5, inner, columns: 11 });
      expect(plain, `${inner}`).toBeLessThan(1e-5);
      expect(activated, `${inner}, GELU`).toBeLessThan(1e-5);
    }
  });

  test('more rows than are packed at once, and sums in blocks over a long row', () => {
    // One float32 sum is 1.6e-4 away.
    expect(distances(linear, { rows: 50, inner: 3072, columns: 9 }).plain).toBeLessThan(3e-5);
  });

  test('the module has no data and no start function: nothing but its team decides what is in the memory', async () => {
    const bytes = await readFile(path.join(ROOT, 'dist/kernels/wasm', `${form}.wasm`));
    const sections = sectionsOf(bytes);
    expect(sections).toEqual(expect.arrayContaining([IMPORTS, CODE]));
    expect(sections.filter((id) => [MEMORY, START, DATA].includes(id))).toEqual([]);
  });

  test('nothing is written beside the output', () => {
    const [rows, inner, columns, stride] = [5, 3, 11, 13];
    const { assembly, heap, threads } = team;
    const put = (values: readonly number[]): number => {
      const address = heap.allocate(4 * values.length);
      heap.floats(address, values.length).set(values);
      return address;
    };
    const ones = (count: number) => put(Array(count).fill(1));
    const [x, w, b] = [ones(rows * inner), ones(inner * columns), ones(columns)];
    const panels = heap.allocate(assembly.panelsBytes(inner, columns));
    assembly.pack(w, 4 * columns, 4, b, inner, columns, panels);
    const scratch = heap.allocate(assembly.productSpace(rows, inner, threads));
    const all = (rows + 8) * stride;
    const y = put(Array(all).fill(7));
    team.run(
      assembly.planProduct(
        ...([x, 4 * inner, rows, inner, panels, columns, y, 4 * stride, 0, scratch, threads] as const),
      ),
    );
    expect([...heap.floats(y, all)]).toEqual(
      Array.from({ length: all }, (_, at) => (at < rows * stride && at % stride < columns ? inner + 1 : 7)),
    );
  });

  test('GELU saturates, and NaN and infinity stay what they are', () => {
    const values = [-1e30, -6, -5.999, -1, -0, 0, 1, 5.999, 6, 1e30, Number.NaN, Infinity, -Infinity];
    const output = tidy(() => {
      const prepared = linear.prepare(tensor2d([[1]]), tensor1d([0]));
      return linear
        .forward(
          tensor2d(
            values.map((value) => [value]),
            [values.length, 1],
          ),
          prepared,
          'gelu',
        )
        .dataSync();
    });
    expect([...output]).toEqual(
      values.map((value) =>
        Number.isFinite(value) ? Math.fround(gelu(Math.fround(value))) + 0 : gelu(value) + 0,
      ),
    );
  });
});
