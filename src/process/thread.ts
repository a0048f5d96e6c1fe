import { Worker } from 'node:worker_threads';
import { InputError, InternalError } from '../errors/errors.js';
import type { BackendRequest } from '../kernels/names.js';
import type { Connection } from './port.js';

const ENTRY = new URL('./thread-entry.js', import.meta.url);

/** Starts a worker thread that holds layers and answers calls. */
export function startThread(): Connection {
  // Without the flags of this process, because some of them, such as `--eval`, must not apply to the worker.
  const worker = new Worker(ENTRY, { execArgv: [] });
  const ended = new Promise<Error>((resolve) => {
    worker.on('error', (cause: Error) =>
      resolve(new InternalError(`A worker thread failed: ${cause.message}`, { cause })),
    );
    worker.on('exit', (code) =>
      resolve(new InternalError(`A worker thread ended by itself (exit code ${code}).`)),
    );
  });
  const port = {
    send: (message: unknown) => worker.postMessage(message),
    onMessage: (listener: (message: unknown) => void) => void worker.on('message', listener),
    onEnd: (listener: (reason: Error) => void) => void ended.then(listener),
    keepAlive: (wanted: boolean) => (wanted ? worker.ref() : worker.unref()),
    close: () => void worker.terminate(),
  };
  return { port, ended, kill: () => port.close() };
}

/** @throws InputError if the backend cannot run in several threads. */
export function assertThreads(threads: number, backend: BackendRequest | undefined): void {
  if (!(Number.isSafeInteger(threads) && threads > 0)) {
    throw new InputError(`threads is ${threads}; it must be a positive integer.`);
  }
  if (threads > 1 && (backend === 'node' || backend === 'webgpu')) {
    const why = backend === 'node' ? 'TensorFlow uses all cores by itself' : 'there is one GPU';
    throw new InputError(
      `threads is ${threads}, but the backend is "${backend}": ${why}. Leave threads out, or use the ` +
        'backend "wasm".',
    );
  }
}
