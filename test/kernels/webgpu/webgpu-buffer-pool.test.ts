import { expect, test } from 'vitest';
import { WebGpuBufferPool } from '../../../dist/kernels/webgpu/webgpu-buffer-pool.js';

const [STORAGE, UNIFORM] = [128, 64];

/** A device whose buffers record whether they were destroyed. */
function fakeDevice() {
  const made: { size: number; usage: number; destroyed: boolean }[] = [];
  const device = {
    createBuffer({ size, usage }: GPUBufferDescriptor) {
      const buffer = { size, usage, destroyed: false, destroy: () => (buffer.destroyed = true) };
      made.push(buffer);
      return buffer;
    },
  };
  return { device: device as unknown as GPUDevice, made };
}

test('a buffer is only reused for the same size and usage', () => {
  const { device, made } = fakeDevice();
  const pool = new WebGpuBufferPool(device);
  const first = pool.acquireBuffer(64, STORAGE);
  pool.releaseBuffer(first);
  expect(pool.acquireBuffer(64, UNIFORM)).not.toBe(first);
  expect(pool.acquireBuffer(32, STORAGE)).not.toBe(first);
  expect(pool.acquireBuffer(64, STORAGE, true, false)).not.toBe(first);
  expect(pool.acquireBuffer(64, STORAGE)).toBe(first);
  expect(pool.acquireBuffer(64, STORAGE)).not.toBe(first);
  expect(made.length).toBe(5);
  expect([pool.numBytesUsed, pool.numBytesAllocated]).toEqual([288, 288]);
});

test('unused buffers stay within the bound: the least recently used size is destroyed first', () => {
  const { device, made } = fakeDevice();
  const pool = new WebGpuBufferPool(device, 100);
  const [a, b, c] = [40, 41, 42].map((size) => pool.acquireBuffer(size, STORAGE)) as [
    GPUBuffer,
    GPUBuffer,
    GPUBuffer,
  ];
  pool.releaseBuffer(a);
  pool.releaseBuffer(b);
  expect(pool.acquireBuffer(40, STORAGE)).toBe(a);
  pool.releaseBuffer(a); // now b has waited longer
  pool.releaseBuffer(c);
  expect(made.map(({ destroyed }) => destroyed)).toEqual([false, true, false]);
  expect([pool.numBytesUsed, pool.numBytesAllocated]).toEqual([0, 82]);
  expect(pool.acquireBuffer(42, STORAGE)).toBe(c);
});

test('a buffer that is larger than the bound, or not to be kept, is destroyed, and all are at the end', () => {
  const { device, made } = fakeDevice();
  const pool = new WebGpuBufferPool(device, 100);
  pool.releaseBuffer(pool.acquireBuffer(101, STORAGE));
  pool.releaseBuffer(pool.acquireBuffer(8, STORAGE), false);
  pool.releaseBuffer(pool.acquireBuffer(9, STORAGE));
  expect(made.map(({ destroyed }) => destroyed)).toEqual([true, true, false]);
  pool.dispose();
  expect(made.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
  expect([pool.numBytesUsed, pool.numBytesAllocated]).toEqual([0, 0]);
});
