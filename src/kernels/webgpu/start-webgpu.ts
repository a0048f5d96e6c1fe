import { env, registerBackend } from '@tensorflow/tfjs-core';
import { InternalError } from '../../errors/errors.js';
import { WebGpuBufferPool } from './webgpu-buffer-pool.js';

/** What to type where a package is not there. */
const INSTALL = 'npm install webgpu @tensorflow/tfjs-backend-webgpu';

/** Names that TensorFlow.js's backend takes from the global scope while it computes, as in a browser. */
const GLOBALS = ['GPUBuffer', 'GPUTexture', 'GPUBufferUsage', 'GPUMapMode'] as const;

/** Limits that the backend makes use of: what the adapter can, instead of the small guaranteed defaults. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** Held for as long as the thread lives: Dawn aborts the process if this is collected before its device. */
let gpu: GPU | undefined;

/**
 * Starts WebGPU outside of a browser, by Dawn (npm `webgpu`), and registers TensorFlow.js's backend "webgpu" on it.
 *
 * A software adapter is taken like any other: it computes the same numbers, slowly.
 *
 * @returns one line on the adapter.
 * @throws Error when a package is not installed, or no adapter is found.
 */
export async function loadWebGpuBackend(): Promise<string> {
  const { create, globals } = await import('webgpu').catch(describeMissing);
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu').catch(describeMissing);
  gpu ??= create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new Error('no GPU adapter is found: Dawn needs a driver for Vulkan, Metal or Direct3D 12');
  }
  const requiredLimits = Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]]));
  const device = await adapter.requestDevice({ requiredLimits });
  process.once('exit', () => device.destroy());

  for (const name of GLOBALS) {
    Object.assign(globalThis, { [name]: (globals as Record<string, unknown>)[name] });
  }
  // Small products on the processor instead would be other kernels than those that parity was shown for.
  env().set('WEBGPU_CPU_FORWARD', false);
  const backend = withNavigator(gpu, () => new WebGPUBackend(device, adapter.info));
  backend.bufferManager = new WebGpuBufferPool(device) as unknown as typeof backend.bufferManager;
  failOnDeviceErrors(backend, device);
  registerBackend('webgpu', () => backend);
  return describeAdapter(adapter.info);
}

function describeMissing(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_MODULE_NOT_FOUND') {
    const [, name = 'a package'] = /'([^']+)'/.exec(message) ?? [];
    throw new Error(`${name} is not installed: ${INSTALL}`, { cause: error });
  }
  throw error;
}

/** Runs `construct` with a `navigator.gpu`, which the backend's constructor asks for, and takes it away again. */
function withNavigator<T>(gpu: GPU, construct: () => T): T {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    return construct();
  } finally {
    Reflect.deleteProperty(globalThis, 'navigator');
    if (own !== undefined) {
      Object.defineProperty(globalThis, 'navigator', own);
    }
  }
}

/**
 * WebGPU tells of errors (a tensor beyond a limit, memory that is full) aside and computes on, with zeros: from the
 * first one on, nothing is read from this device.
 */
function failOnDeviceErrors(backend: { read(dataId: object): Promise<unknown> }, device: GPUDevice): void {
  let failure: string | undefined;
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault(); // else it is printed, and whoever reads sees it twice
    failure ??= event.error.message.split('\n')[0];
  });
  device.lost.then(({ message }) => {
    failure ??= `the device was lost: ${message}`;
  });
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    const values = await read(dataId);
    if (failure !== undefined) {
      throw new InternalError(
        `WebGPU failed: ${failure} Fewer tokens at once (maxBatchTokens) need less memory.`,
      );
    }
    return values;
  };
}

function describeAdapter({ device, architecture, description, isFallbackAdapter }: GPUAdapterInfo): string {
  const name = [device || architecture, description].filter((part) => part !== '').join(', ');
  return `WebGPU by Dawn on ${name}${isFallbackAdapter ? ', a software adapter: for checking' : ''}`;
}
