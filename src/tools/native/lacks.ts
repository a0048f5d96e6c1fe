import type { Backend } from '../../kernels/names.js';
import type { BackendProbe } from './backend-probe.js';
import { commandLine } from './binding-package.js';
import { assertSupported, type Machine } from './machine.js';
import type { Processor } from './processor.js';
import type { Installed } from './stamp.js';

/** The capabilities of a machine and an installation. */
export interface Diagnosis {
  readonly node: string;
  readonly machine: Machine;
  readonly processor: Processor;
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number };
  /** Names of the GPUs that NVIDIA's driver finds. */
  readonly gpus: readonly string[];
  /** Each backend, tried in a process of its own. */
  readonly backends: readonly BackendProbe[];
  /** The choice of `auto`: the first of its backends that works. */
  readonly auto: Backend | undefined;
  /** The package whose binding the backend node loads, and who built that binding. */
  readonly binding: { readonly package: string; readonly version?: string; readonly kind: Installed['kind'] };
  readonly model: { readonly folder: string; readonly layers: number } | { readonly missing: string };
  readonly lacks: readonly Lack[];
}

/** Something that is missing, and the command or step that fixes it. */
export interface Lack {
  readonly what: string;
  readonly mend: string;
}

/** Backends that are part of the package and need no setup. */
const INCLUDED: readonly Backend[] = ['wasm', 'cpu'];

/** What is missing in a diagnosis, the worst first. */
export function findLacks({ machine, gpus, backends, binding, model }: Omit<Diagnosis, 'lacks'>): Lack[] {
  const lacks: Lack[] = [];
  for (const { backend, works, description } of backends) {
    if (!works && INCLUDED.includes(backend)) {
      lacks.push({
        what: doesNotRun(backend, description),
        mend: 'npm ci in a checkout, npm install where the package is used',
      });
    }
  }
  if ('missing' in model) {
    lacks.push({ what: model.missing, mend: 'npm install tfjs-reranker, or --model FOLDER' });
  }
  const node = backends.find(({ backend }) => backend === 'node');
  const setup = commandLine('setup-native');
  const build = binding.kind === 'foreign' ? `${setup} --remove && ${setup}` : setup;
  if (node?.works === false) {
    lacks.push({ what: doesNotRun('node', node.description), mend: whyUnsupported(machine) ?? build });
  }
  const absent =
    node?.kernels.filter(({ works, byProcessor }) => !works && !byProcessor).map(({ name }) => name) ?? [];
  if (absent.length > 0) {
    lacks.push({
      what: `The backend node is slower than it could be; it lacks: ${absent.join(', ')}.`,
      mend: build,
    });
  }
  if (gpus.length > 0 && node?.gpu !== true) {
    lacks.push({ what: `The GPU (${gpus.join('; ')}) is not used.`, mend: `${setup} --gpu` });
  }
  return lacks;
}

function doesNotRun(backend: Backend, why: string): string {
  return `The backend ${backend} does not run: ${why}`;
}

function whyUnsupported(machine: Machine): string | undefined {
  try {
    assertSupported(machine);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
