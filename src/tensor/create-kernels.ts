import { BackendUnavailableError } from '../errors.js';
import type { StartedBackend } from './backend.js';
import { type Kernels, PLAIN_KERNELS } from './kernels.js';
import type { ModelDtype } from './model-dtype.js';

/**
 * What computes a model's layers on the backend that runs.
 *
 * @throws BackendUnavailableError when the backend does not compute in this dtype.
 */
export async function createKernels({ name }: StartedBackend, dtype: ModelDtype): Promise<Kernels> {
  if (name === 'node') {
    return (await import('./native-probe.js')).createNativeKernels(dtype);
  }
  if (dtype !== 'float32') {
    throw new BackendUnavailableError(
      `Backend "${name}" computes in float32 only; ${dtype} needs the backend "node". \`tfjs-reranker doctor\` says ` +
        'whether it is there.',
    );
  }
  return name === 'wasm' ? (await import('./wasm-kernels.js')).WASM_KERNELS : PLAIN_KERNELS;
}
