import { existsSync } from 'node:fs';
import type { RunProgram } from './run-program.js';

/**
 * The folder of pip's `nvidia-*` packages, which hold the CUDA libraries, of the Python that the shell finds.
 *
 * TensorFlow's own libraries look for it beside the folder that they lie in, and then where the system has its own.
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

/** The NVIDIA GPUs that the driver sees, such as "NVIDIA L4, 23034 MiB"; none without a driver. */
export async function listGpus(run: RunProgram): Promise<string[]> {
  const answer = await run('nvidia-smi', ['--query-gpu=name,memory.total', '--format=csv,noheader']);
  return answer?.code === 0 ? answer.stdout.split('\n').filter((line) => line.trim() !== '') : [];
}
