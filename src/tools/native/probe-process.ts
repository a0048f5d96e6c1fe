import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { openModel } from '../../engine/open.js';
import { resolveModelFolder } from '../../hub/resolve.js';
import { type StartedBackend, startBackend } from '../../kernels/backend.js';
import { createKernels, describeThreads } from '../../kernels/choose.js';
import type { Backend } from '../../kernels/names.js';
import {
  nativeFacts,
  type Probe,
  probeListAttributes,
  probeMatMul,
} from '../../kernels/native/native-facts.js';
import { probeNativeKernels } from '../../kernels/native/native-probe.js';
import { compareWithGolden } from '../../parity/compare.js';
import { parseGolden } from '../../parity/golden.js';
import type { BackendProbe, ReferenceProbe } from './backend-probe.js';

// The program that backend-probe.ts starts: arguments are a backend and a number of pairs; its last line on stdout is
// a BackendProbe as JSON.

/** The parts that make this process's backend fast. */
async function probeKernels(backend: Backend): Promise<readonly Probe[]> {
  return backend === 'node' ? [...(await probeListAttributes()), ...probeNativeKernels()] : [];
}

/** Says how many threads can compute. */
async function withThreads(started: StartedBackend): Promise<StartedBackend> {
  const wanted = availableParallelism();
  const kernels = await createKernels(started, 'float32', wanted);
  kernels.dispose();
  return describeThreads(started, kernels, wanted);
}

async function probe(backend: Backend, pairs: number): Promise<BackendProbe> {
  try {
    const started = await startBackend(backend);
    const product = await probeMatMul();
    if (!product.works) {
      return { backend, works: false, description: `${product.name}: ${product.reason}`, kernels: [] };
    }
    const kernels = await probeKernels(backend);
    const reference = pairs > 0 ? await probeReference(backend, pairs) : undefined;
    const { description } = backend === 'wasm' ? await withThreads(started) : started;
    return { backend, works: true, description, ...nativeFacts(), kernels, reference };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const description = message.replace(/^.* cannot start: /, ''); // the caller knows which backend it is
    return { backend, works: false, description, kernels: [] };
  }
}

async function probeReference(backend: Backend, pairs: number): Promise<ReferenceProbe> {
  const file = path.join(await resolveModelFolder(), 'reference.json');
  const golden = parseGolden(await readFile(file, 'utf8'), file);
  const shortest = [...golden.pairs].sort((a, b) => a.inputIds.length - b.inputIds.length).slice(0, pairs);
  const inputIds = shortest.map((pair) => pair.inputIds);
  const model = await openModel(undefined, { backend });
  const logits = await model.scoreSequences(inputIds);
  model.dispose();
  const report = compareWithGolden({ ...golden, pairs: shortest }, logits, inputIds);
  const { tolerance, passed, fromFloat32 } = report;
  return { pairs: report.pairs, maxDifference: fromFloat32.max, tolerance, passed };
}

const [backend, pairs] = process.argv.slice(2);
probe(backend as Backend, Number(pairs)).then((result) => {
  process.stdout.write(`${JSON.stringify(result)}\n`);
});
