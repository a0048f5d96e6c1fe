import { BackendUnavailableError } from '../errors/errors.js';
import type { StartedBackend } from './backend.js';
import { differentiable } from './gradients/differentiable.js';
import { PLAIN_GRADIENTS } from './gradients/plain-gradients.js';
import type { KernelGradients, Kernels } from './kernels.js';
import type { ModelDtype } from './names.js';
import { PLAIN_KERNELS } from './plain.js';

/**
 * The kernels for a model's layers on the running backend.
 *
 * @param threads that compute a batch together, on wasm.
 * @throws BackendUnavailableError when the backend does not compute in this dtype.
 */
export async function createKernels(
  { name }: StartedBackend,
  dtype: ModelDtype,
  threads = 1,
): Promise<Kernels> {
  if (name === 'node') {
    return (await import('./native/native-probe.js')).createNativeKernels(dtype);
  }
  if (dtype !== 'float32') {
    throw new BackendUnavailableError(
      `Backend "${name}" computes in float32 only; ${dtype} needs the backend "node". \`tfjs-reranker doctor\` says ` +
        'whether it is there.',
    );
  }
  return name === 'wasm'
    ? (await import('./wasm/wasm-kernels.js')).createWasmKernels(threads)
    : PLAIN_KERNELS;
}

/** Adds the threads that compute to the description of the backend, and how many were wanted if there are fewer. */
export function describeThreads(
  { name, description }: StartedBackend,
  { threads }: Kernels,
  wanted: number,
): StartedBackend {
  if (wanted === 1) {
    return { name, description };
  }
  const count = threads < wanted ? `${threads} of ${wanted}` : threads;
  return { name, description: `${description}, ${count} threads` };
}

/**
 * Float32 kernels with gradients towards their inputs. They hold the weights twice.
 *
 * @throws BackendUnavailableError as {@link createKernels} does.
 */
export async function createDifferentiableKernels(started: StartedBackend, threads = 1): Promise<Kernels> {
  return differentiable(await createKernels(started, 'float32', threads), await gradientsOf(started));
}

async function gradientsOf({ name }: StartedBackend): Promise<KernelGradients> {
  return name === 'wasm' ? (await import('./wasm/wasm-kernels.js')).WASM_GRADIENTS : PLAIN_GRADIENTS;
}
