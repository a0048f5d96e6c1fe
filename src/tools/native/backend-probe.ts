import { fileURLToPath } from 'node:url';
import type { Backend } from '../../kernels/names.js';
import type { Probe } from '../../kernels/native/native-facts.js';
import { type RunProgram, tellingLine } from './run-program.js';

/** The embedded model's logits beside those of its reference. */
export interface ReferenceProbe {
  readonly pairs: number;
  /** The farthest that a logit is from the reference's. */
  readonly maxDifference: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

/** What became of a backend that was started in a process of its own. */
export interface BackendProbe {
  readonly backend: Backend;
  /** It starts, and a matrix product is right. */
  readonly works: boolean;
  /** What runs; or, where it does not work, why. */
  readonly description: string;
  /** Version of TensorFlow, where the backend has one. */
  readonly tensorflow?: string | undefined;
  /** Whether it computes on a GPU, where it could. */
  readonly gpu?: boolean | undefined;
  /** What makes it fast, and whether it is there. */
  readonly kernels: readonly Probe[];
  readonly reference?: ReferenceProbe | undefined;
}

const PROCESS = fileURLToPath(new URL('./probe-process.js', import.meta.url));

/**
 * Starts a backend in a new process, because a thread can have but one, and looks what it can.
 *
 * @param pairs how many of the embedded model's reference pairs to score, the shortest first; 0 loads no model.
 */
export async function probeBackend(
  backend: Backend,
  pairs: number,
  run: RunProgram,
  signal?: AbortSignal,
): Promise<BackendProbe> {
  const answer = await run(process.execPath, [PROCESS, backend, String(pairs)], { signal });
  const line = answer?.stdout.trimEnd().split('\n').at(-1) ?? '';
  if (answer?.code === 0 && line.startsWith('{')) {
    return JSON.parse(line) as BackendProbe;
  }
  const said = answer?.stderr.trim() ? `: ${tellingLine(answer.stderr, /error/i)}` : '';
  const how = answer?.code === null ? 'was ended by a signal' : `ended with exit code ${answer?.code}`;
  return { backend, works: false, description: `the process that tried it ${how}${said}`, kernels: [] };
}
