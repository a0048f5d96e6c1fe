import { fill, type MemoryInfo, memory, sum } from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { InternalError } from '../../../dist/errors/errors.js';
import { startBackend } from '../../../dist/kernels/backend.js';
import { createKernels } from '../../../dist/kernels/choose.js';
import { probeMatMul } from '../../../dist/kernels/native/native-facts.js';
import { readTinyGolden, TINY } from '../../support/fixtures.js';
import { importModel, loadClassifier, plainLogits, sequencesOf } from '../../support/tiny-parity.js';
import { WEBGPU_HAS_ADAPTER, WEBGPU_HAS_NO_ADAPTER } from '../../support/webgpu-adapter.js';

beforeAll(async () => {
  if (WEBGPU_HAS_ADAPTER) {
    await startBackend('webgpu');
  }
});

// One process, one device: the last of these tests breaks it.

test('it names the adapter, multiplies, and leaves the global navigator as it was', async (context) => {
  context.skip(!WEBGPU_HAS_ADAPTER, WEBGPU_HAS_NO_ADAPTER);
  const before = memory().numTensors;
  expect((await startBackend('webgpu')).description).toMatch(/^webgpu: WebGPU by Dawn on \S+/);
  expect(await probeMatMul()).toEqual({ name: 'matrix product', works: true });
  expect(memory().numTensors).toBe(before);
  expect((globalThis as { navigator?: { gpu?: unknown } }).navigator?.gpu).toBeUndefined();
});

test('loading, running and disposing a model leaves no tensor and no buffer in use', async (context) => {
  context.skip(!WEBGPU_HAS_ADAPTER, WEBGPU_HAS_NO_ADAPTER);
  const modules = await importModel();
  const { batches } = await readTinyGolden(TINY);
  const before = inUse();
  const model = await loadClassifier(modules, TINY);
  for (const batch of batches) {
    await plainLogits(modules, model, sequencesOf(batch));
  }
  expect(inUse().bytes).toBeGreaterThan(before.bytes); // the weights
  model.dispose();
  expect(inUse()).toEqual(before);
});

function inUse(): { tensors: number; bytes: number } {
  const { numTensors, numBytesInGPU } = memory() as MemoryInfo & { numBytesInGPU: number };
  return { tensors: numTensors, bytes: numBytesInGPU };
}

test('bfloat16 is refused, and the error names the backend that has it', async (context) => {
  context.skip(!WEBGPU_HAS_ADAPTER, WEBGPU_HAS_NO_ADAPTER);
  const kernels = createKernels(await startBackend('webgpu'), 'bfloat16');
  await expect(kernels).rejects.toThrow(/"webgpu" computes in float32 only; bfloat16 needs .*"node"/);
});

test('a failure on the device is an error, not zeros', async (context) => {
  context.skip(!WEBGPU_HAS_ADAPTER, WEBGPU_HAS_NO_ADAPTER);
  const tooLarge = fill([2 ** 20, 2 ** 20], 1); // 4 TB
  const total = sum(tooLarge);
  await expect(total.data()).rejects.toThrow(InternalError);
  await expect(total.data()).rejects.toThrow(/WebGPU failed: .*maxBatchTokens/);
});
