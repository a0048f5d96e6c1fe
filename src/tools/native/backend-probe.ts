import { fileURLToPath } from 'node:url';
import type { Backend } from '../../kernels/names.js';
import type { Probe } from '../../kernels/native/native-facts.js';
import { type RunProgram, tellingLine } from './run-program.js';

/** The embedded model's logits compared with those of its reference. */
export interface ReferenceProbe {
  readonly pairs: number;
  /** The largest difference of a logit from the reference's. */
  readonly maxDifference: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

/** The result of starting a backend in a process of its own. */
export interface BackendProbe {
  readonly backend: Backend;
  /** Whether it starts and computes a correct matrix product. */
  readonly works: boolean;
  /** What runs; if it does not work, the reason. */
  readonly description: string;
  /** Version of TensorFlow; undefined for backends without it. */
  readonly tensorflow?: string | undefined;
  /** Whether it computes on a GPU; undefined if it cannot. */
  readonly gpu?: boolean | undefined;
  /** The parts that make it fast, and whether each is present. */
  readonly kernels: readonly Probe[];
  readonly reference?: ReferenceProbe | undefined;
}

const PROCESS = fileURLToPath(new URL('./probe-process.js', import.meta.url));

/**
 * Starts a backend in a new process, because a thread can only have one, and tests it.
 *
 * @param pairs number of the embedded model's reference pairs to score, the shortest first; 0 loads no model.
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
