import { InputError } from '../errors/errors.js';
import { type BackendRequest, startBackend } from '../kernels/backend.js';
import type { ModelConfig } from '../model/config/model-config.js';
import { ModelRunner, type Runner, type RunnerOptions } from './model-runner.js';
import type { ScorerOptions } from './scorer.js';

/**
 * One runner in this thread, or one in each of several worker threads.
 *
 * @throws InputError as {@link assertThreads}; BackendUnavailableError; what is wrong with the weights.
 */
export async function loadRunners(
  folder: string,
  config: ModelConfig,
  rest: Omit<RunnerOptions, 'backend'>,
  threads: number,
  { backend: request = 'auto', onLoadProgress }: ScorerOptions,
): Promise<readonly Runner[]> {
  if (threads === 1) {
    return [await ModelRunner.load(folder, config, { backend: request, ...rest }, onLoadProgress)];
  }
  // What auto means is found out here: TensorFlow's binding is not made for several threads of one process.
  const backend = request === 'auto' ? (await startBackend(request)).name : request;
  assertThreads(threads, backend);
  const { WorkerRunner } = await import('./worker-runner.js');
  return WorkerRunner.loadMany(threads, { folder, config, options: { backend, ...rest } }, onLoadProgress);
}

/** @throws InputError where the backend cannot run in so many threads. */
export function assertThreads(threads: number, backend: BackendRequest | undefined): void {
  if (!(Number.isSafeInteger(threads) && threads > 0)) {
    throw new InputError(`threads is ${threads}; it must be a positive integer.`);
  }
  if (threads > 1 && (backend === 'node' || backend === 'webgpu')) {
    const why = backend === 'node' ? 'TensorFlow uses all cores by itself' : 'there is one GPU';
    throw new InputError(
      `${threads} threads were asked for, and the backend is "${backend}": ${why}. Leave threads out, or ask for the ` +
        'backend "wasm".',
    );
  }
}
