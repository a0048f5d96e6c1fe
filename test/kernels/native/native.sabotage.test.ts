import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../../dist/kernels/backend.js';
import type * as NativeKernels from '../../../dist/kernels/native/native-kernels.js';
import { NATIVE_IS_BUILT, NATIVE_IS_NOT_BUILT } from '../../support/native-binding.js';
import { type Edit, removeCopies, sabotage } from '../../support/sabotage.js';
import { importModel, inBlocks, tinyParityFailures } from '../../support/tiny-parity.js';

const COPIES = 'node';
const FILE = 'kernels/native/native-kernels.ts';

/** Deliberate faults in the native kernels. */
const FAULTS: Record<string, readonly Edit[]> = {
  'GELU by tanh': [[FILE, "'GeluExact'", "'GeluApproximate'"]],
  'GELU left out': [[FILE, "EPILOGUE[activation ?? 'none']", 'EPILOGUE.none']],
  'Linear: the bias of other columns': [
    [
      FILE,
      'return fusedMatMul(x, weight, bias, activation);\n  },\n};\n\n/** Weights, inputs',
      'return fusedMatMul(x, weight, reverse(bias), activation);\n  },\n};\n\n/** Weights, inputs',
    ],
    [FILE, 'import { scalar,', 'import { reverse, scalar,'],
  ],
  'LayerNorm: eps of another model': [
    [FILE, "floatAttribute('epsilon', eps)", "floatAttribute('epsilon', 1e-5)"],
  ],
  'attention: mask ignored': [[FILE, 'mask === undefined ? scores', 'scores ? scores']],
  'attention: queries and keys swapped': [
    [FILE, 'const [query, key, value] = unstackFirst', 'const [key, query, value] = unstackFirst'],
  ],
  'attention: keys and values swapped': [
    [FILE, 'const [query, key, value] = unstackFirst', 'const [query, value, key] = unstackFirst'],
  ],
  'attention: every block of queries is the first': [
    [FILE, 'tensor1d([0, 0, start, 0]', 'tensor1d([0, 0, 0, 0]'],
  ],
  'attention: no softmax': [
    [FILE, 'batchMatMul(softmax(masked), value, false)', 'batchMatMul(masked, value, false)'],
  ],
  'attention: heads not merged in order': [
    [FILE, 'reshapeTo(transposeBy(context, [0, 2, 1, 3])', 'reshapeTo(context'],
  ],
};

if (NATIVE_IS_BUILT) {
  describe('sabotage of the native kernels: every fault is caught by parity', () => {
    beforeAll(() => startBackend('node'));
    afterAll(() => removeCopies(COPIES));

    const failuresOf = async (name: string, edits: readonly Edit[]): Promise<string[]> => {
      const copy = await sabotage(COPIES, name, edits);
      const { NATIVE_KERNELS } = (await import(
        /* @vite-ignore */ path.join(copy, FILE.replace('.ts', '.js'))
      )) as typeof NativeKernels;
      return tinyParityFailures(await importModel(copy), inBlocks(NATIVE_KERNELS.float32, 250));
    };

    test('a copy without a fault passes', async () => {
      expect(await failuresOf('none', [])).toEqual([]);
    });

    test.each(Object.entries(FAULTS))('%s', async (name, edits) => {
      expect((await failuresOf(name, edits)).length).toBeGreaterThan(0);
    });
  });
} else {
  test('sabotage of the native kernels', (context) => context.skip(NATIVE_IS_NOT_BUILT));
}
