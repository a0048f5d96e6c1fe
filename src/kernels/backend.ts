import * as tf from '@tensorflow/tfjs-core';
import { BackendUnavailableError } from '../errors/errors.js';
import { AUTO_BACKENDS, type Backend, type BackendRequest } from './names.js';

/** The backend that runs in this thread. */
export interface StartedBackend {
  readonly name: Backend;
  /** What runs and, if it was chosen, why: one line for people. */
  readonly description: string;
}

/** TensorFlow.js's own names for them. */
const TFJS_NAMES: Record<Backend, string> = {
  node: 'tensorflow',
  webgpu: 'webgpu',
  wasm: 'wasm',
  cpu: 'cpu',
};

/** By the form of the kernels that run. */
const WASM_DESCRIPTIONS = {
  fused: 'WebAssembly, SIMD, fused multiply-add',
  separate: 'WebAssembly, SIMD; no relaxed SIMD in this JavaScript engine, so products take twice as long',
  none: 'WebAssembly without SIMD, slow',
};

const START: Record<Backend, () => Promise<string>> = {
  node: async () => (await import('./native/load-native.js')).loadNativeBackend(),
  webgpu: async () => (await import('./webgpu/start-webgpu.js')).loadWebGpuBackend(),
  wasm: async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    const best = await (await import('./wasm/wasm-assembly.js')).bestAssembly();
    return WASM_DESCRIPTIONS[best?.form ?? 'none'];
  },
  cpu: async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    return 'plain JavaScript, slow: for checking';
  },
};

let running: StartedBackend | undefined;
let turn: Promise<unknown> = Promise.resolve();

/**
 * Starts the backend of this thread. TensorFlow.js has one engine per thread, so the first successful start decides:
 * later calls get the same backend, and a request for another one is refused.
 *
 * @throws BackendUnavailableError when the requested backend cannot start (the message says what was tried), or when
 * this thread already runs another.
 */
export function startBackend(request: BackendRequest = 'auto'): Promise<StartedBackend> {
  const result = turn.then(async () => {
    running ??= await startFirst(request === 'auto' ? AUTO_BACKENDS : [request]);
    if (request !== 'auto' && request !== running.name) {
      throw new BackendUnavailableError(
        `Backend "${request}" cannot start: this thread already runs "${running.name}", and TensorFlow.js has one ` +
          'engine per thread. Use the same backend, or load the other model in a worker thread or process.',
      );
    }
    return running;
  });
  turn = result.catch(() => {}); // starts take turns; each caller gets its own error
  return result;
}

async function startFirst(candidates: readonly Backend[]): Promise<StartedBackend> {
  // TensorFlow.js prints a greeting and suggests other packages; production mode turns that off.
  tf.enableProdMode();
  const failures: string[] = [];
  for (const name of candidates) {
    try {
      const description = await START[name]();
      if (!(await tf.setBackend(TFJS_NAMES[name]))) {
        throw new Error('TensorFlow.js could not initialize it.');
      }
      const why = failures.length === 0 ? '' : ` (${failures.join('; ')})`;
      return { name, description: `${name}: ${description}${why}` };
    } catch (error) {
      const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
      failures.push(`${name} cannot start: ${reason}`);
    }
  }
  throw new BackendUnavailableError(
    `${candidates.length === 1 ? `Backend "${candidates[0]}"` : 'No backend'} could not start. Tried: ${failures.join('; ')}`,
  );
}
