import { afterEach, expect, test, vi } from 'vitest';
import { BackendUnavailableError } from '../../dist/errors/errors.js';
import { startBackend } from '../../dist/kernels/backend.js';
import { NATIVE_IS_BUILT } from '../support/native-binding.js';

afterEach(() => vi.restoreAllMocks());

// One process, one engine: these tests go from nothing started to wasm, in this order.

test('an explicit backend that cannot start is an error that says what was tried', async (context) => {
  context.skip(NATIVE_IS_BUILT, 'the native binding is built here, so node can start');
  const start = startBackend('node');
  await expect(start).rejects.toThrow(BackendUnavailableError);
  await expect(start).rejects.toThrow(
    /"node" could not start.*binding of @tensorflow\/tfjs-node-gpu is not built/,
  );
});

test('auto falls back, says so, and TensorFlow.js stays silent', async (context) => {
  context.skip(NATIVE_IS_BUILT, 'the native binding is built here, so auto takes node');
  const log = vi.spyOn(console, 'log');
  const warn = vi.spyOn(console, 'warn');
  const [first, second] = await Promise.all([startBackend('auto'), startBackend('auto')]);
  expect(first.name).toBe('wasm');
  expect(second).toBe(first);
  expect(first.description).toMatch(/^wasm: .*node cannot start: the native binding/);
  expect(log).not.toHaveBeenCalled();
  expect(warn).not.toHaveBeenCalled();
});

test('the same backend again is the same; another in this thread is refused with the reason', async () => {
  const { name } = await startBackend('wasm');
  expect(name).toBe('wasm');
  const second = startBackend('cpu');
  await expect(second).rejects.toThrow(BackendUnavailableError);
  await expect(second).rejects.toThrow(/already runs "wasm".*one engine per thread/);
  expect((await startBackend('auto')).name).toBe('wasm');
});
