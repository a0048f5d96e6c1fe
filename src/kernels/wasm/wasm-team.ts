import { InternalError } from '../../errors/errors.js';
import { SharedHeap } from './shared-heap.js';
import { SharedTensors } from './shared-tensors.js';
import { type Assembly, instantiate } from './wasm-assembly.js';
import { moveBeforeViewing } from './wasm-heap.js';
import type { ThreadData } from './wasm-thread.js';

type Worker = import('node:worker_threads').Worker;

/** A thread that has begun a piece of work (some milliseconds) and does not end it for so long is taken for dead. */
const STALL_MS = 30_000;

/** What the assembly's `share` returns; 0 is good. */
const STALLED = 1;

/**
 * Threads that compute one kernel at a time together: the calling thread and worker threads, over one memory that holds
 * weights and activations once. The calling thread waits for the others within a kernel, so that a forward pass stays
 * synchronous. Worker threads end with their process, whatever ends it.
 */
export class Team {
  readonly tensors: SharedTensors;
  private readonly workers = new Map<number, Worker>();
  private isDisposed = false;
  /** Threads that had to be ended, and are not gone yet. */
  private ending: Promise<unknown> | undefined;

  private constructor(
    private readonly module: WebAssembly.Module,
    readonly heap: SharedHeap,
    readonly assembly: Assembly,
    /** The number of threads that may compute. */
    readonly threads: number,
    private readonly stallMs: number,
  ) {
    this.tensors = new SharedTensors(heap);
    moveBeforeViewing();
  }

  /** @returns a team whose threads are ready; with fewer than `threads` where the system does not allow so many. */
  static async start(module: WebAssembly.Module, threads: number, stallMs: number = STALL_MS): Promise<Team> {
    const heap = new SharedHeap();
    const team = new Team(module, heap, await instantiate(module, heap.memory), threads, stallMs);
    await team.startThreads();
    return team;
  }

  /** Threads that compute now, the calling one among them. */
  get size(): number {
    return this.workers.size + 1;
  }

  /** The ids of the worker threads. */
  get workerThreads(): readonly Worker[] {
    return [...this.workers.values()];
  }

  /** Calls `use` with the address of memory that is freed afterwards. */
  withScratch(bytes: number, use: (address: number) => void): void {
    const address = this.heap.allocate(bytes);
    try {
      use(address);
    } finally {
      this.heap.release(address);
    }
  }

  /** Puts whole numbers into shared memory, as long as `use` runs. */
  withIntegers(values: Int32Array, use: (address: number) => void): void {
    this.withScratch(values.byteLength, (address) => {
      new Int32Array(this.heap.memory.buffer, address, values.length).set(values);
      use(address);
    });
  }

  /**
   * Computes the kernel that was planned.
   *
   * @param units as its plan returned
   * @throws InternalError when a thread has died or failed; all are replaced then.
   */
  run(units: number): void {
    const outcome =
      this.ending === undefined ? this.assembly.share(units, BigInt(this.stallMs) * 1_000_000n) : STALLED;
    if (outcome !== 0) {
      this.ending ??= this.replaceAll();
      throw new InternalError(
        outcome === STALLED
          ? 'A thread of the backend wasm died while it computed, so this batch has no result. The threads are being replaced.'
          : 'A thread of the backend wasm failed, so this batch has no result. The threads are being replaced.',
      );
    }
  }

  /** Ends the threads. */
  dispose(): void {
    this.isDisposed = true;
    for (const worker of this.workers.values()) {
      void worker.terminate();
    }
  }

  private async replaceAll(): Promise<void> {
    const workers = [...this.workers.values()];
    this.workers.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
    this.assembly.reset();
    this.ending = undefined;
    await this.startThreads();
  }

  private async startThreads(): Promise<void> {
    await Promise.all(Array.from({ length: this.threads - 1 }, (_, i) => this.startThread(i + 1)));
  }

  /** Starts a thread, and another one when it dies. One that cannot start is left out. */
  private async startThread(thread: number): Promise<void> {
    const { Worker } = await import('node:worker_threads');
    if (this.isDisposed) {
      return;
    }
    const workerData: ThreadData = { module: this.module, memory: this.heap.memory, thread };
    let worker: Worker;
    try {
      // Without the flags of this process, because some of them, such as `--eval`, must not apply to the worker.
      worker = new Worker(new URL('./wasm-thread.js', import.meta.url), { workerData, execArgv: [] });
    } catch {
      return;
    }
    await new Promise<void>((resolve) => {
      worker.once('message', () => {
        this.workers.set(thread, worker);
        worker.unref(); // an idle thread does not keep the process
        resolve();
      });
      worker.on('error', () => {}); // `exit` follows
      worker.once('exit', () => {
        resolve();
        if (this.workers.get(thread) === worker) {
          this.workers.delete(thread);
          void this.startThread(thread);
        }
      });
    });
  }
}
