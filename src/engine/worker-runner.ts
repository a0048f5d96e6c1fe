import { Worker } from 'node:worker_threads';
import type { Batch } from '../batching/batch.js';
import { Caller } from '../calls/calls.js';
import type { Port } from '../calls/port.js';
import { InternalError } from '../errors/errors.js';
import type { StartedBackend } from '../kernels/backend.js';
import type { ModelConfig } from '../model/config/model-config.js';
import type { LoadProgress } from '../weights/checkpoint.js';
import type { Runner, RunnerOptions } from './model-runner.js';

/** Which model a worker loads. */
export interface LoadArgument {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly options: RunnerOptions;
}

/** What a worker says once it has loaded. */
export type LoadAnswer = Pick<Runner, 'backend' | 'warnings'>;

/** A model behind a port: a worker thread's, or whatever else answers the same calls. */
export class WorkerRunner implements Runner {
  private constructor(
    readonly backend: StartedBackend,
    readonly warnings: readonly string[],
    private readonly caller: Caller,
  ) {}

  /**
   * Starts worker threads, each with a model of its own, all at a time.
   *
   * @param onProgress how far the first of them is.
   * @throws what loading throws in a worker; then none stays behind.
   */
  static async loadMany(
    count: number,
    argument: LoadArgument,
    onProgress?: (progress: LoadProgress) => void,
  ): Promise<WorkerRunner[]> {
    const callers = Array.from({ length: count }, () => new Caller(startWorker()));
    try {
      return await Promise.all(
        callers.map(async (caller, i) => {
          const { backend, warnings } = await caller.call<LoadAnswer>(
            'load',
            argument,
            i === 0 ? onProgress : undefined,
          );
          return new WorkerRunner(backend, warnings, caller);
        }),
      );
    } catch (error) {
      for (const caller of callers) {
        caller.close();
      }
      throw error;
    }
  }

  run(batch: Batch): Promise<number[][]> {
    return this.caller.call('run', batch);
  }

  dispose(): void {
    this.caller.close();
  }
}

const ENTRY = new URL('./worker.js', import.meta.url);

function startWorker(): Port {
  // Without this process's own flags: those of `node --eval`, for one, mean nothing to a file.
  const worker = new Worker(ENTRY, { execArgv: [] });
  return {
    send: (message) => worker.postMessage(message),
    onMessage: (listener) => worker.on('message', listener),
    onEnd: (listener) => {
      worker.on('error', (cause: Error) =>
        listener(new InternalError(`A worker thread failed: ${cause.message}`, { cause })),
      );
      worker.on('exit', (code) =>
        listener(new InternalError(`A worker thread ended by itself (exit code ${code}).`)),
      );
    },
    keepAlive: (wanted) => (wanted ? worker.ref() : worker.unref()),
    close: () => void worker.terminate(),
  };
}
