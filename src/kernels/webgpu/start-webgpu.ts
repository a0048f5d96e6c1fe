import { env, registerBackend } from '@tensorflow/tfjs-core';
import { InternalError } from '../../errors/errors.js';
import { WebGpuBufferPool } from './webgpu-buffer-pool.js';

/** The command that installs the missing packages. */
const INSTALL = 'npm install webgpu @tensorflow/tfjs-backend-webgpu';

/** Names that TensorFlow.js's backend reads from the global scope while it computes, as in a browser. */
const GLOBALS = ['GPUBuffer', 'GPUTexture', 'GPUBufferUsage', 'GPUMapMode'] as const;

/** Limits that the backend uses. They are set to what the adapter offers instead of the small guaranteed defaults. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** Kept as long as the thread lives: Dawn aborts the process if this is collected before its device. */
let gpu: GPU | undefined;

/**
 * Starts WebGPU outside of a browser with Dawn (npm `webgpu`), and registers TensorFlow.js's backend "webgpu" on it.
 *
 * A software adapter is accepted too: it computes the same numbers, slowly.
 *
 * @returns one line about the adapter.
 * @throws Error when a package is not installed, or no adapter is found.
 */
export async function loadWebGpuBackend(): Promise<string> {
  const { create, globals } = await import('webgpu').catch(describeMissing);
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu').catch(describeMissing);
  gpu ??= create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new Error('no GPU adapter was found: Dawn needs a driver for Vulkan, Metal or Direct3D 12');
  }
  const requiredLimits = Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]]));
  const device = await adapter.requestDevice({ requiredLimits });
  process.once('exit', () => device.destroy());

  for (const name of GLOBALS) {
    Object.assign(globalThis, { [name]: (globals as Record<string, unknown>)[name] });
  }
  // Without this, small products would run on the processor, with kernels for which parity was not shown.
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

/** Runs `construct` with a `navigator.gpu`, which the backend's constructor reads, and removes it again. */
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
 * WebGPU reports errors (a tensor beyond a limit, full memory) separately and continues with zeros. After the first
 * error, every read from this device fails.
 */
function failOnDeviceErrors(backend: { read(dataId: object): Promise<unknown> }, device: GPUDevice): void {
  let failure: string | undefined;
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault(); // else it is also printed
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
