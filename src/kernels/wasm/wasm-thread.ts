import { parentPort, workerData } from 'node:worker_threads';
import { type Assembly, instantiate } from './wasm-assembly.js';

/** What the first thread of a team gives to another one. */
export interface ThreadData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Its number, from 1 on. */
  readonly thread: number;
}

// The entry of a thread of a team. It answers no messages: it computes until it is ended.
void compute(workerData as ThreadData);

async function compute({ module, memory, thread }: ThreadData): Promise<void> {
  const assembly: Assembly = await instantiate(module, memory);
  parentPort?.postMessage('ready');
  try {
    assembly.work(thread);
  } catch (error) {
    assembly.abandon();
    throw error;
  }
}
