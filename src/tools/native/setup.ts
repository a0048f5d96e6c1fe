import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { NativeSetupError } from '../../errors/errors.js';
import { type BackendProbe, probeBackend } from './backend-probe.js';
import {
  BINDING_PACKAGE,
  type BindingPackage,
  findBindingPackage,
  installBindingPackage,
  OURS,
} from './binding-package.js';
import type { BindingSource } from './binding-source.js';
import {
  bindingFile,
  buildBinding,
  findCompiler,
  loadTensorFlowVersion,
  readBindingSource,
} from './build-binding.js';
import { findNvidiaPackages } from './cuda.js';
import { assertSupported } from './machine.js';
import { placeBinding, withWorkFolder } from './placement.js';
import { isUpToDate, readInstalled, type Stamp, type Wanted, writeStamp } from './stamp.js';
import { type ChoiceOptions, chooseTensorFlow, type TensorFlowChoice } from './tensorflow-choice.js';

/** What to set up, and with what. */
export interface SetupOptions extends ChoiceOptions {
  /** The value of CXX. */
  readonly compiler: string | undefined;
}

/** What is set up now. */
export interface Setup {
  readonly folder: string;
  /** Whether it was all there before. */
  readonly wasThere: boolean;
  readonly stamp: Stamp;
  /** The self-test. */
  readonly probe: BackendProbe;
}

/** Pairs of the embedded model's reference that the self-test scores. */
const TEST_PAIRS = 12;

/**
 * Builds the native backend: TensorFlow's libraries into a cache for all projects of the user, the binding of the
 * installed tfjs-node-gpu, a self-test. What works already is only tested.
 *
 * @throws NativeSetupError for what is missing, with the way out; the installation is as it was then.
 */
export async function setUpNative(options: SetupOptions): Promise<Setup> {
  assertSupported(options.machine);
  return setUpPackage(findBindingPackage() ?? (await install(options)), options);
}

/** The same for a package that is installed. */
export async function setUpPackage(pkg: BindingPackage, options: SetupOptions): Promise<Setup> {
  const { machine, run, signal, onStep } = options;
  const source = await readBindingSource(pkg);
  const tensorflow = await chooseTensorFlow(options);
  const installed = await readInstalled(pkg);
  if (installed.kind === 'foreign') {
    throw new NativeSetupError(
      `${pkg.folder} has a binding that setup-native did not build; it is left alone.\n` +
        'To have this one instead, take that away with setup-native --remove (npm rebuild brings it back), then run setup-native again.',
    );
  }
  const wanted: Wanted = {
    libraries: tensorflow.folder,
    chosen: tensorflow.chosen,
    gpu: options.gpu,
    nvidia: options.gpu ? await findNvidiaPackages(run) : undefined,
    insertions: source.insertions,
  };
  if (installed.kind === 'ours' && isUpToDate(installed.stamp, wanted, pkg, machine.platform)) {
    const probe = await probeBackend('node', TEST_PAIRS, run, signal);
    if (passes(probe)) {
      return { folder: pkg.folder, wasThere: true, stamp: installed.stamp, probe };
    }
    onStep(`The binding in place fails the self-test, so it is built again: ${failureOf(probe)}`);
  }
  return withWorkFolder(pkg.folder, async (work) => {
    const built = path.join(work, 'built');
    const stamp = await build(pkg, source, tensorflow, wanted, built, options);
    return placeAndTest(pkg, stamp, work, built, options);
  });
}

/** Builds a binding, its links and its stamp into an empty folder; what cannot be loaded is an error. */
async function build(
  pkg: BindingPackage,
  source: BindingSource,
  choice: TensorFlowChoice,
  wanted: Wanted,
  built: string,
  { machine, compiler: given, run, signal, onStep }: SetupOptions,
): Promise<Stamp> {
  const compiler = await findCompiler(given, run);
  const tensorflow = await choice.open();
  onStep(`Building the binding of ${BINDING_PACKAGE} ${pkg.version} with ${compiler.join(' ')}`);
  if (source.insertions === 0) {
    onStep(
      "Its source is not the one that is known here: it is built as it is, and can't run fused kernels.",
    );
  }
  await buildBinding(built, { pkg, source, tensorflow, compiler, platform: machine.platform, run, signal });
  const version = await loadTensorFlowVersion(path.join(built, bindingFile(pkg.nodeApi)), run);
  const stamp = { ...wanted, tensorflow: version, tfjsNode: pkg.version, nodeApi: pkg.nodeApi };
  await writeStamp(built, stamp);
  if (wanted.gpu) {
    await linkCuda(built, wanted.nvidia, onStep);
  }
  return stamp;
}

async function install({ run, signal, onStep }: SetupOptions): Promise<BindingPackage> {
  onStep(`Installing ${BINDING_PACKAGE} with npm, without its scripts`);
  const project = await installBindingPackage(OURS, run, signal);
  onStep(`It is a dependency of ${project} now`);
  const pkg = findBindingPackage();
  if (pkg === undefined) {
    throw new NativeSetupError(
      `npm installed ${BINDING_PACKAGE} in ${project}, but it is not found from here.`,
    );
  }
  return pkg;
}

/** TensorFlow's libraries, found through the links in deps/lib, look for CUDA's in deps/nvidia. */
async function linkCuda(
  built: string,
  nvidia: string | undefined,
  onStep: (line: string) => void,
): Promise<void> {
  if (nvidia === undefined) {
    onStep(
      "pip's nvidia-* packages were not found, so CUDA's libraries must be the system's. To have pip's: " +
        "python3 -m pip install 'tensorflow[and-cuda]', then setup-native --gpu again.",
    );
    return;
  }
  onStep(`CUDA's libraries are those in ${nvidia}`);
  await symlink(nvidia, path.join(built, 'deps/nvidia'));
}

async function placeAndTest(
  { folder }: BindingPackage,
  stamp: Stamp,
  work: string,
  built: string,
  { run, signal }: SetupOptions,
): Promise<Setup> {
  const takeBack = await placeBinding(folder, work, built);
  try {
    const probe = await probeBackend('node', TEST_PAIRS, run, signal);
    if (!passes(probe)) {
      throw new NativeSetupError(
        `The binding was built, but fails the self-test: ${failureOf(probe)}\nWhat was there before is back.`,
      );
    }
    return { folder, wasThere: false, stamp, probe };
  } catch (error) {
    await takeBack();
    throw error;
  }
}

function passes({ works, reference }: BackendProbe): boolean {
  return works && reference?.passed === true;
}

function failureOf({ works, description, reference }: BackendProbe): string {
  return works
    ? `logits are ${reference?.maxDifference} from the reference's, tolerance ${reference?.tolerance}`
    : description;
}
