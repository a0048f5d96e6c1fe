import { backend, memory, scalar, type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { startBackend } from '../../../dist/kernels/backend.js';
import { nativeFacts, probeListAttributes, probeMatMul } from '../../../dist/kernels/native/native-facts.js';
import { findBindingPackage } from '../../../dist/tools/native/binding-package.js';
import { type Installed, readInstalled } from '../../../dist/tools/native/stamp.js';
import { NATIVE_IS_BUILT, NATIVE_IS_NOT_BUILT } from '../../support/native-binding.js';

interface Native {
  executeSingleOutput(name: string, attributes: readonly object[], inputs: readonly Tensor[]): Tensor;
}

/** TensorFlow's numbers of types of attributes and of data. */
const [STRING, INT, FLOAT, BOOL, TYPE] = [0, 1, 2, 3, 4];
const FLOAT32 = 1;

let installed: Installed;
const execute = (name: string, attributes: readonly object[], inputs: readonly Tensor[]): Tensor =>
  (backend() as unknown as Native).executeSingleOutput(name, attributes, inputs);

beforeAll(async () => {
  const pkg = findBindingPackage();
  installed = pkg === undefined ? { kind: 'none' } : await readInstalled(pkg);
  if (NATIVE_IS_BUILT) {
    await startBackend('node');
  }
});

test('the native backend: what it is, and a matrix product', async (context) => {
  context.skip(!NATIVE_IS_BUILT, NATIVE_IS_NOT_BUILT);
  const before = memory().numTensors;
  expect(nativeFacts()).toEqual({ tensorflow: expect.stringMatching(/^\d+\.\d+/), gpu: expect.any(Boolean) });
  expect(await probeMatMul()).toEqual({ name: 'matrix product', works: true });
  expect(memory().numTensors).toBe(before);
});

test('attributes that are lists work as the stamp says', async (context) => {
  context.skip(!NATIVE_IS_BUILT, NATIVE_IS_NOT_BUILT);
  context.skip(installed.kind !== 'ours', 'the native binding here was not built by setup-native');
  const works = installed.kind === 'ours' && installed.stamp.insertions > 0;
  expect((await probeListAttributes()).map((probe) => probe.works)).toEqual([works, works]);
});

test('a fused kernel with its list of strings', (context) => {
  context.skip(!NATIVE_IS_BUILT, NATIVE_IS_NOT_BUILT);
  context.skip(installed.kind !== 'ours', 'the native binding here was not built by setup-native');
  context.skip(process.arch !== 'x64', 'oneDNN kernels of this name are in TensorFlow for x64');
  const product = execute(
    '_MklNativeFusedMatMul',
    [
      { name: 'T', type: TYPE, value: FLOAT32 },
      { name: 'transpose_a', type: BOOL, value: false },
      { name: 'transpose_b', type: BOOL, value: false },
      { name: 'num_args', type: INT, value: 1 },
      { name: 'fused_ops', type: STRING, value: ['BiasAdd'] },
      { name: 'epsilon', type: FLOAT, value: 1e-4 },
      { name: 'leakyrelu_alpha', type: FLOAT, value: 0.2 },
      { name: '_kernel', type: STRING, value: 'MklNameChangeOp' },
    ],
    [tensor2d([1, 2, 3, 4], [2, 2]), tensor2d([1, 0, 0, 1], [2, 2]), tensor1d([10, 20])],
  );
  expect(Array.from(product.dataSync())).toEqual([11, 22, 13, 24]);
});

test.for([
  { name: 'fused_ops', type: STRING, value: ['BiasAdd', 7] },
  { name: 'T', type: TYPE, value: [FLOAT32, 'float'] },
])('an element of the wrong type in the list $name is an error, not a crash', (attribute, context) => {
  context.skip(!NATIVE_IS_BUILT, NATIVE_IS_NOT_BUILT);
  expect(() => execute('IdentityN', [attribute], [scalar(1)])).toThrow(/not a string|number was expected/);
});
