import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { BackendProbe } from '../../../dist/tools/native/backend-probe.js';
import type { BindingPackage } from '../../../dist/tools/native/binding-package.js';
import type { Machine } from '../../../dist/tools/native/machine.js';
import type { Finished, RunProgram } from '../../../dist/tools/native/run-program.js';
import type { SetupOptions } from '../../../dist/tools/native/setup.js';

export const LINUX: Machine = { platform: 'linux', arch: 'x64', glibc: '2.36' };

const require = createRequire(import.meta.url);

/** The installed package whose binding is built. */
export const INSTALLED = path.dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tfjs-reranker-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A package with the real source of the binding and nothing built. */
export function packageCopy(): BindingPackage {
  const folder = temporaryFolder();
  cpSync(path.join(INSTALLED, 'binding'), path.join(folder, 'binding'), { recursive: true });
  return { folder, version: '4.22.0', nodeApi: 8 };
}

/** A folder with the files that a TensorFlow must have, all of them empty. */
export function emptyTensorFlow(): string {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'include/tensorflow/c/eager'), { recursive: true });
  for (const file of [
    'libtensorflow_cc.so.2',
    'libtensorflow_framework.so.2',
    'include/tensorflow/c/eager/c_api.h',
  ]) {
    writeFileSync(path.join(folder, file), '');
  }
  return folder;
}

/** All files under a folder with their contents; links count as what they lead to. */
export function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(path.join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

/** How a fake program ends, or what it does before it ends successfully; undefined if there is no such program. */
export type Fake =
  | Partial<Finished>
  | undefined
  | ((args: readonly string[]) => Partial<Finished> | undefined);

/** Runs nothing: `fakes` says how each program ends, by its name; other programs do not exist. */
export function fakeRun(fakes: Readonly<Record<string, Fake>>): RunProgram {
  return async (program, args) => {
    const fake = fakes[path.basename(program)];
    const finished = typeof fake === 'function' ? fake(args) : fake;
    return finished && { code: 0, stdout: '', stderr: '', ...finished };
  };
}

/** The output of the self-test's process on success. */
export const GOOD_PROBE: BackendProbe = {
  backend: 'node',
  works: true,
  description: 'node',
  tensorflow: '2.21.0',
  gpu: false,
  kernels: [],
  reference: { pairs: 12, maxDifference: 1e-6, tolerance: 5e-5, passed: true },
};

/** Node as it is called in a setup: once for the version of the built binding, then for the self-test. */
export function fakeNode(probe: BackendProbe | string = GOOD_PROBE): Fake {
  return (args) =>
    args[0] === '-p'
      ? { stdout: '2.21.0\n' }
      : { stdout: typeof probe === 'string' ? probe : `greeting\n${JSON.stringify(probe)}\n` };
}

/** A compiler that writes its version into the output file. */
export function fakeCompiler(text = 'binding'): Fake {
  return (args) => {
    const out = args.indexOf('-o');
    if (out !== -1) {
      writeFileSync(args[out + 1] as string, text);
    }
    return {};
  };
}

/** Options of a setup that downloads nothing. */
export function setupOptions(
  changes: Partial<SetupOptions> = {},
): SetupOptions & { readonly steps: string[] } {
  const steps: string[] = [];
  return {
    machine: LINUX,
    cache: path.join(temporaryFolder(), 'cache'),
    gpu: false,
    wheel: undefined,
    tensorflow: undefined,
    compiler: undefined,
    run: fakeRun({ 'c++': fakeCompiler(), node: fakeNode() }),
    showProgress: false,
    signal: new AbortController().signal,
    onStep: (line) => steps.push(line),
    steps,
    ...changes,
  };
}
