import os from 'node:os';
import { readModelConfig } from '../../hub/read-model.js';
import { resolveModelFolder } from '../../hub/resolve.js';
import { AUTO_BACKENDS, BACKENDS } from '../../kernels/names.js';
import { type BackendProbe, probeBackend } from './backend-probe.js';
import { BINDING_PACKAGE, findBindingPackage } from './binding-package.js';
import { listGpus } from './cuda.js';
import { type Diagnosis, findLacks } from './lacks.js';
import type { Machine } from './machine.js';
import { readProcessor } from './processor.js';
import type { RunProgram } from './run-program.js';
import { readInstalled } from './stamp.js';

/**
 * Checks everything that decides what works on this machine and how fast. It changes nothing.
 *
 * @param model a model folder; without one the embedded model.
 */
export async function diagnose(
  machine: Machine,
  model: string | undefined,
  run: RunProgram,
  signal: AbortSignal,
): Promise<Diagnosis> {
  const backends: BackendProbe[] = [];
  for (const backend of BACKENDS) {
    backends.push(await probeBackend(backend, 0, run, signal));
  }
  const pkg = findBindingPackage();
  const found = {
    node: process.version,
    machine,
    processor: await readProcessor(machine.platform, run),
    memory: { totalBytes: os.totalmem(), freeBytes: os.freemem() },
    gpus: await listGpus(run),
    backends,
    auto: AUTO_BACKENDS.find((name) => backends.some(({ backend, works }) => works && backend === name)),
    binding: {
      package: BINDING_PACKAGE,
      ...(pkg && { version: pkg.version }),
      kind: pkg === undefined ? ('none' as const) : (await readInstalled(pkg)).kind,
    },
    model: await findModel(model),
  };
  return { ...found, lacks: findLacks(found) };
}

async function findModel(model: string | undefined): Promise<Diagnosis['model']> {
  try {
    const folder = await resolveModelFolder(model);
    return { folder, layers: (await readModelConfig(folder)).numHiddenLayers };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}
