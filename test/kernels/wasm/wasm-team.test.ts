import { add, memory, range, reshape, type Tensor2D, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startBackend } from '../../../dist/kernels/backend.js';
import { SharedHeap } from '../../../dist/kernels/wasm/shared-heap.js';
import { compileForm } from '../../../dist/kernels/wasm/wasm-assembly.js';
import { withTeam } from '../../../dist/kernels/wasm/wasm-kernels.js';
import { packedLinear } from '../../../dist/kernels/wasm/wasm-product.js';
import { Team } from '../../../dist/kernels/wasm/wasm-team.js';

/** Places of words of assembly/team.ts, counted in integers. */
const [ACTIVE, FAILED] = [192 / 4, 256 / 4];

beforeAll(() => startBackend('wasm'));

describe('a team of threads', () => {
  const teams: Team[] = [];
  const start = async (threads: number, stallMs?: number) => {
    const team = await Team.start(await compileForm('separate'), threads, stallMs);
    teams.push(team);
    return team;
  };
  afterEach(() => teams.splice(0).forEach((team) => void team.dispose()));

  /** [2, 2] x [2, 3]. */
  const multiply = (team: Team): number[] =>
    tidy(() => {
      const linear = packedLinear(team);
      const weight = tensor2d([
        [1, 2],
        [3, 4],
        [5, 6],
      ]);
      const prepared = linear.prepare(weight, tensor1d([10, 20, 30]));
      const x = tensor2d([
        [1, 0],
        [0, 1],
      ]);
      return [...linear.forward(x, prepared).dataSync()];
    });
  const PRODUCT = [11, 23, 35, 12, 24, 36];
  const words = (team: Team) => new Int32Array(team.heap.memory.buffer, 0, 100);

  test('the other thread takes units too', async () => {
    const team = await start(2);
    const { assembly, heap, threads } = team;
    const [rows, inner, columns] = [256, 512, 64];
    const x = heap.allocate(4 * rows * inner);
    heap.floats(x, rows * inner).fill(1);
    const panels = heap.allocate(assembly.panelsBytes(inner, columns));
    const y = heap.allocate(4 * rows * columns);
    const space = assembly.productSpace(rows, inner, 1);
    const scratch = heap.allocate(2 * space);
    heap.floats(scratch, space / 2).fill(0);
    // Only it writes to the second half of the scratch.
    const hasComputed = () => heap.floats(scratch + space, space / 4).some((value) => value !== 0);
    while (!hasComputed()) {
      team.run(
        assembly.planProduct(
          ...([x, 4 * inner, rows, inner, panels, columns, y, 4 * columns, 0, scratch, threads] as const),
        ),
      );
    }
    expect(hasComputed()).toBe(true);
  });

  test('a thread that died in its work fails the batch, and is replaced', async () => {
    const team = await start(2, 20);
    const [before] = team.workerThreads;
    words(team)[ACTIVE] = 1; // a unit was taken, and nobody will finish it
    expect(() => multiply(team)).toThrow('A thread of the backend wasm died while it computed');
    expect(() => multiply(team)).toThrow('The threads are being replaced');
    await vi.waitFor(() => expect(team.size).toBe(2));
    expect(team.workerThreads[0]).not.toBe(before);
    expect(multiply(team)).toEqual(PRODUCT);
  });

  test('a thread with an error fails the batch, and all are replaced', async () => {
    const team = await start(3);
    words(team)[FAILED] = 1;
    expect(() => multiply(team)).toThrow('A thread of the backend wasm failed');
    await vi.waitFor(() => expect(team.size).toBe(3));
    expect(multiply(team)).toEqual(PRODUCT);
  });

  test('a thread that ends between two batches is replaced, and meanwhile the others compute', async () => {
    const team = await start(2);
    const [worker] = team.workerThreads;
    await worker?.terminate();
    expect(multiply(team)).toEqual(PRODUCT);
    await vi.waitFor(() => expect(team.workerThreads[0]?.threadId).toBeGreaterThan(0));
    expect(team.workerThreads[0]).not.toBe(worker);
    expect(multiply(team)).toEqual(PRODUCT);
  });

  test('a disposed team has no threads left', async () => {
    const team = await start(3);
    const workers = team.workerThreads;
    team.dispose();
    await Promise.all(workers.map((worker) => worker.terminate()));
    await vi.waitFor(() => expect(team.size).toBe(1));
  });
});

test('tensors move between the heaps by themselves, and both are freed', async () => {
  const team = await Team.start(await compileForm('separate'), 1);
  const before = memory();
  const shared = tidy(() => {
    const x = tensor1d([1, 2, 3]);
    const address = team.tensors.addressOf(x);
    expect([...team.heap.floats(address, 3)]).toEqual([1, 2, 3]);
    const twice = add(x, x); // TensorFlow.js fetches it
    expect(team.tensors.numDataIds()).toBe(0);
    const copy = x.clone();
    team.tensors.addressOf(copy);
    x.dispose();
    expect([...copy.dataSync(), ...twice.dataSync()]).toEqual([1, 2, 3, 2, 4, 6]);
    return copy;
  });
  expect(await shared.data()).toEqual(Float32Array.of(1, 2, 3));
  shared.dispose();
  expect(team.tensors.numDataIds()).toBe(0);
  expect(memory().numTensors).toBe(before.numTensors);
  expect(memory().numDataBuffers).toBe(before.numDataBuffers);
});

test('a sum of more numbers than a thread takes at once', async () => {
  const { add: sum } = withTeam(await Team.start(await compileForm('separate'), 2));
  for (const count of [1, 3, 4, 16_384, 16_387, 50_001]) {
    const values = tidy(() => {
      const x = reshape(range(0, count), [1, count]) as Tensor2D;
      return sum(x, x).dataSync();
    });
    expect(values.every((value, i) => value === 2 * i)).toBe(true);
    expect(values.length).toBe(count);
  }
});

test('the shared heap gives what is free again, whatever the order of freeing', () => {
  const heap = new SharedHeap();
  const sizes = [70_000, 3, 1_000_000, 64, 200_000, 1];
  for (const order of [
    [0, 1, 2, 3, 4, 5],
    [5, 4, 3, 2, 1, 0],
    [1, 3, 5, 0, 4, 2],
  ]) {
    const blocks = sizes.map((size) => ({ size, address: heap.allocate(size) }));
    const sorted = blocks.toSorted((a, b) => a.address - b.address);
    for (const [i, { address, size }] of sorted.entries()) {
      expect(address).toBeGreaterThanOrEqual(512);
      expect(address % 64).toBe(0);
      expect(address + size).toBeLessThanOrEqual(sorted[i + 1]?.address ?? heap.memory.buffer.byteLength);
    }
    for (const i of order) {
      heap.release(blocks[i]?.address as number);
    }
  }
  const { byteLength } = heap.memory.buffer;
  expect(byteLength).toBeLessThan(4_000_000);
  expect(heap.allocate(byteLength - 512)).toBe(512); // one hole again
});
