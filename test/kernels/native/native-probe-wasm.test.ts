import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { startBackend } from '../../../dist/kernels/backend.js';
import { nativeFacts, probeListAttributes, probeMatMul } from '../../../dist/kernels/native/native-facts.js';

beforeAll(() => startBackend('wasm'));

test('a backend other than node: a matrix product, and no facts about TensorFlow', async () => {
  const before = memory().numTensors;
  expect(await probeMatMul()).toEqual({ name: 'matrix product', works: true });
  expect(nativeFacts()).toBeUndefined();
  expect(await probeListAttributes()).toEqual([]);
  expect(memory().numTensors).toBe(before);
});
