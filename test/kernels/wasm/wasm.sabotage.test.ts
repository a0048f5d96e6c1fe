import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../../dist/kernels/backend.js';
import type { Kernels } from '../../../dist/kernels/kernels.js';
import { type Edit, removeCopies, sabotage } from '../../support/sabotage.js';
import { importModel, inBlocks, tinyParityFailures } from '../../support/tiny-parity.js';
import { few } from '../../support/wide.js';

const COPIES = 'wasm';

/** Blocks so small that the tiny model's products have one to five, and all ways of adding them are taken. */
const SMALL_BLOCKS: Edit = ['kernels/wasm/wasm-linear.ts', 'const BLOCK = 128', 'const BLOCK = 8'];

/** The same for the product in AssemblyScript, and so few rows at once that it takes several turns. */
const SMALL_TILES: readonly Edit[] = [
  ['kernels/wasm/assembly/product.ts', 'BLOCK: usize = 64', 'BLOCK: usize = 8'],
  ['kernels/wasm/assembly/product.ts', 'PACKED_BYTES: usize = 1 << 18', 'PACKED_BYTES: usize = 1 << 10'],
];

/**
 * Deliberate faults in the AssemblyScript. None writes beside its output, because that would break the heap for those
 * that follow; wasm-product.test.ts looks at what stands there.
 */
const ASSEMBLY_FAULTS: Record<string, readonly Edit[]> = {
  'product: bias dropped': [
    ['kernels/wasm/assembly/panels.ts', 'packRow(bias == 0 ? 0 :', 'packRow(true ? 0 :'],
  ],
  'product: every panel has the first biases': [
    ['kernels/wasm/assembly/panels.ts', 'bias + column * 4', 'bias'],
  ],
  'product: panels are one row too far apart': [
    ['kernels/wasm/assembly/product.ts', 'panel += panelBytes(inner)', 'panel += panelBytes(inner + 1)'],
  ],
  'product: columns of the last panel are shifted': [
    ['kernels/wasm/assembly/product.ts', 'load<f32>(sums + i * 4)', 'load<f32>(sums + (i + 1) * 4)'],
  ],
  'product: rows of the last tile are left out': [
    [
      'kernels/wasm/assembly/product.ts',
      'row < count; row += TILE_ROWS',
      'row + TILE_ROWS <= count; row += TILE_ROWS',
    ],
  ],
  'product: every turn takes the first rows': [
    ['kernels/wasm/assembly/product.ts', 'packTiles(x + first * xStride', 'packTiles(x'],
  ],
  'product: every turn writes to the first rows': [
    ['kernels/wasm/assembly/product.ts', 'y + (first + row) * yStride', 'y + row * yStride'],
  ],
  'units: every product takes the first rows': [
    ['kernels/wasm/assembly/units.ts', 'job.x + row * job.xStride', 'job.x'],
  ],
  'units: every product takes the first panels': [
    ['kernels/wasm/assembly/units.ts', 'job.panels + panel * panelBytes(job.inner)', 'job.panels'],
  ],
  'units: the last one is left out': [
    ['kernels/wasm/assembly/team.ts', 'store<usize>(UNITS, units)', 'store<usize>(UNITS, units - 1)'],
  ],
  'units: every head is the first one': [
    ['kernels/wasm/assembly/units.ts', '(unit % job.heads) * job.headDim * 4', '0'],
  ],
  'units: padding is not left out of attention': [
    ['kernels/wasm/assembly/units.ts', 'load<u32>(job.lengths + row * 4)', 'job.seq'],
  ],
  'units: of a sum the second half is left out': [
    ['kernels/wasm/assembly/units.ts', ', v128.load(job.b + at)', ', f32x4.splat(0)'],
  ],
  'units: LayerNorm of the first rows only': [
    ['kernels/wasm/assembly/units.ts', 'const first = unit * NORM_ROWS', 'const first: usize = 0'],
  ],
  'product: only the last block of a sum is kept': [
    ['kernels/wasm/assembly/product.ts', 'f32x4.add(v128.load(sums), left)', 'left'],
  ],
  'product: a row of a tile is multiplied twice': [
    ['kernels/wasm/assembly/product.ts', 'v128.load32_splat(x, 8)', 'v128.load32_splat(x, 4)'],
  ],
  'transposed blocks: two numbers change places': [
    [
      'kernels/wasm/assembly/transpose.ts',
      'i32x4.shuffle(c, d, 2, 6, 3, 7)',
      'i32x4.shuffle(c, d, 2, 6, 7, 3)',
    ],
  ],
  'product: GELU left out': [['kernels/wasm/assembly/product.ts', 'if (activate)', 'if (false)']],
  'product: GELU of one half': [['kernels/wasm/assembly/product.ts', 'right = gelu(right)', '']],
  'GELU: a sign is wrong': [
    ['kernels/wasm/assembly/gelu.ts', 'f64x2.add(f64x2.splat(0.5)', 'f64x2.sub(f64x2.splat(0.5)'],
  ],
  'GELU: saturates too early': [
    ['kernels/wasm/assembly/gelu.ts', 'SATURATED: f64 = 6', 'SATURATED: f64 = 1'],
  ],
};

/** Deliberate faults in the kernels in JavaScript, which are the fallback. */
const FAULTS: Record<string, readonly Edit[]> = {
  'Linear: bias dropped': [
    ['kernels/wasm/wasm-linear.ts', 'start === 0 ? { a, b, bias } : { a, b }', '{ a, b }'],
  ],
  'Linear: every block takes the first columns': [
    ['kernels/wasm/wasm-linear.ts', 'takeColumns(x, start, b.shape[0])', 'takeColumns(x, 0, b.shape[0])'],
  ],
  'Linear: the third of three products is not added': [
    ['kernels/wasm/wasm-linear.ts', ' + b[i] + c[i]', ' + b[i]'],
  ],
  'Linear: GELU left out': [['kernels/wasm/wasm-linear.ts', "if (activation === 'gelu')", 'if (false)']],
  'GELU: a coefficient is wrong': [
    ['kernels/wasm/wasm-gelu.ts', '0.004957472373420305', '0.005957472373420305'],
  ],
  'GELU: saturates too early': [['kernels/wasm/wasm-gelu.ts', 'const SATURATED = 6', 'const SATURATED = 1']],
  'LayerNorm: eps outside the root': [
    [
      'kernels/wasm/wasm-layer-norm.ts',
      '1 / Math.sqrt(squares / hidden + eps)',
      '1 / Math.sqrt(squares / hidden) + eps',
    ],
  ],
  'LayerNorm: the variance of what is not centred': [
    [
      'kernels/wasm/wasm-layer-norm.ts',
      'const centred = values[start + i] - mean',
      'const centred = values[start + i]',
    ],
  ],
  'LayerNorm: bias dropped': [['kernels/wasm/wasm-layer-norm.ts', ' + shift[i]', '']],
  'attention: padding is not left out': [
    ['kernels/wasm/wasm-attention.ts', 'const length = lengths[row]', 'const length = seq'],
  ],
  'attention: keys in the place of values': [
    ['kernels/wasm/wasm-attention.ts', 'column: 2 * hidden + column', 'column: hidden + column'],
  ],
  'attention: every block of queries is the first': [
    ['kernels/wasm/wasm-attention.ts', 'first: part.first + start', 'first: part.first'],
  ],
  'attention: all heads go to the same columns': [
    [
      'kernels/wasm/wasm-attention.ts',
      '(row * queries + start + i) * hidden + column',
      '(row * queries + start + i) * hidden',
    ],
  ],
};

interface WasmModule {
  readonly WASM_KERNELS: Kernels;
  readonly createWasmKernels: (threads: number) => Promise<Kernels>;
}

async function failuresOf(
  name: string,
  edits: readonly Edit[],
  choose: (module: WasmModule) => Kernels | Promise<Kernels>,
): Promise<string[]> {
  const copy = await sabotage(COPIES, name, edits);
  const module = (await import(
    /* @vite-ignore */ path.join(copy, 'kernels/wasm/wasm-kernels.js')
  )) as WasmModule;
  return tinyParityFailures(await importModel(copy), inBlocks(await choose(module), 250));
}

describe('sabotage of the wasm kernels: every fault is caught by parity', () => {
  beforeAll(() => startBackend('wasm'));
  afterAll(() => removeCopies(COPIES));

  describe('in JavaScript', () => {
    const check = (name: string, edits: readonly Edit[]) =>
      failuresOf(name, [SMALL_BLOCKS, ...edits], ({ WASM_KERNELS }) => WASM_KERNELS);

    test('a copy without a fault passes', async () => {
      expect(await check('none', [])).toEqual([]);
    });

    test.each(few(Object.entries(FAULTS), 4))('%s', async (name, edits) => {
      expect((await check(name, edits)).length).toBeGreaterThan(0);
    });
  });

  describe('in AssemblyScript', () => {
    const check = (name: string, edits: readonly Edit[]) =>
      failuresOf(`assembly ${name}`, [...SMALL_TILES, ...edits], (module) => module.createWasmKernels(2));

    test('a copy without a fault passes', async () => {
      expect(await check('none', [])).toEqual([]);
    });

    test.each(few(Object.entries(ASSEMBLY_FAULTS), 3))('%s', async (name, edits) => {
      expect((await check(name, edits)).length).toBeGreaterThan(0);
    });
  });
});
