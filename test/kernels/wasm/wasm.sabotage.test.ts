import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../../dist/kernels/backend.js';
import type { Kernels } from '../../../dist/kernels/kernels.js';
import { type Edit, removeCopies, sabotage } from '../../support/sabotage.js';
import { importModel, inBlocks, tinyParityFailures } from '../../support/tiny-parity.js';

const COPIES = 'wasm';

/** Blocks so small that the tiny model's products have one to five, and all ways of adding them are taken. */
const SMALL_BLOCKS: Edit = ['kernels/wasm/wasm-linear.ts', 'const BLOCK = 128', 'const BLOCK = 8'];

/** Deliberate faults in the kernels of wasm. */
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

describe('sabotage of the wasm kernels: every fault is caught by parity', () => {
  beforeAll(() => startBackend('wasm'));
  afterAll(() => removeCopies(COPIES));

  const failuresOf = async (name: string, edits: readonly Edit[]): Promise<string[]> => {
    const copy = await sabotage(COPIES, name, [SMALL_BLOCKS, ...edits]);
    const { WASM_KERNELS } = (await import(
      /* @vite-ignore */ path.join(copy, 'kernels/wasm/wasm-kernels.js')
    )) as {
      WASM_KERNELS: Kernels;
    };
    return tinyParityFailures(await importModel(copy), inBlocks(WASM_KERNELS, 250));
  };

  test('a copy without a fault passes', async () => {
    expect(await failuresOf('none', [])).toEqual([]);
  });

  test.each(Object.entries(FAULTS))('%s', async (name, edits) => {
    expect((await failuresOf(name, edits)).length).toBeGreaterThan(0);
  });
});
