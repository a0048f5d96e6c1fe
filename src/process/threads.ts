import type { Model } from '../engine/model.js';
import { openModel } from '../engine/open.js';
import type { ModelOptions } from '../engine/types.js';
import { startBackend } from '../kernels/backend.js';
import { assertThreads } from './thread.js';

/**
 * Loads a model into this thread or, with `threads` above 1, into so many worker threads.
 *
 * @throws what `openModel` throws; InputError where the backend does not run in several threads.
 */
export async function openWithThreads(model?: string, options: ModelOptions = {}): Promise<Model> {
  const { threads = 1, backend } = options;
  assertThreads(threads, backend);
  if (threads === 1) {
    return openModel(model, options);
  }
  // What `auto` means is found out in this thread: the binding of TensorFlow is not made for several.
  const name = backend === undefined || backend === 'auto' ? (await startBackend()).name : backend;
  assertThreads(threads, name);
  const { RemoteModel } = await import('./remote-model.js');
  return RemoteModel.open(model, { ...options, backend: name }, { by: 'thread' });
}
