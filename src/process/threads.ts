import type { Model } from '../engine/model.js';
import { openModel } from '../engine/open.js';
import type { ModelOptions } from '../engine/types.js';
import { startBackend } from '../kernels/backend.js';
import { assertThreads } from './thread.js';

/**
 * Loads a model into this thread or, if `threads` is above 1, into that many worker threads.
 *
 * @throws errors of `openModel`; InputError if the backend does not run in several threads.
 */
export async function openWithThreads(model?: string, options: ModelOptions = {}): Promise<Model> {
  const { threads = 1, backend } = options;
  assertThreads(threads, backend);
  if (threads === 1) {
    return openModel(model, options);
  }
  // This thread decides which backend `auto` means, because TensorFlow's binding does not support several threads.
  const name = backend === undefined || backend === 'auto' ? (await startBackend()).name : backend;
  assertThreads(threads, name);
  const { RemoteModel } = await import('./remote-model.js');
  return RemoteModel.open(model, { ...options, backend: name }, { by: 'thread' });
}
