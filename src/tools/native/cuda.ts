import { existsSync } from 'node:fs';
import type { RunProgram } from './run-program.js';

/**
 * The folder of pip's `nvidia-*` packages, which hold the CUDA libraries, for the Python on the PATH.
 *
 * TensorFlow's own libraries look for it beside their own folder, and then in the places of the system.
 */
export async function findNvidiaPackages(run: RunProgram): Promise<string | undefined> {
  for (const python of ['python3', 'python']) {
    const answer = await run(python, ['-c', 'import nvidia; print(list(nvidia.__path__)[0])']);
    const folder = answer?.code === 0 ? answer.stdout.trim() : '';
    if (folder !== '' && existsSync(folder)) {
      return folder;
    }
  }
  return undefined;
}

/** The NVIDIA GPUs that the driver finds, such as "NVIDIA L4, 23034 MiB"; none without a driver. */
export async function listGpus(run: RunProgram): Promise<string[]> {
  const answer = await run('nvidia-smi', ['--query-gpu=name,memory.total', '--format=csv,noheader']);
  return answer?.code === 0 ? answer.stdout.split('\n').filter((line) => line.trim() !== '') : [];
}
