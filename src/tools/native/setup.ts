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

/** Options of the setup. */
export interface SetupOptions extends ChoiceOptions {
  /** The value of CXX. */
  readonly compiler: string | undefined;
}

/** The result of the setup. */
export interface Setup {
  readonly folder: string;
  /** Whether everything was set up before. */
  readonly wasThere: boolean;
  readonly stamp: Stamp;
  /** The result of the self-test. */
  readonly probe: BackendProbe;
}

/** Pairs of the embedded model's reference that the self-test scores. */
const TEST_PAIRS = 12;

/**
 * Sets up the native backend: TensorFlow's libraries go to a cache for all projects of the user, then the binding of
 * the installed tfjs-node-gpu is built and tested. If it is up to date, it is only tested.
 *
 * @throws NativeSetupError if something is missing, with the remedy; the installation is unchanged then.
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
      `${pkg.folder} has a binding that setup-native did not build; it was not changed.\n` +
        'To replace it, remove it with setup-native --remove (npm rebuild restores it), then run setup-native again.',
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
    onStep(`The existing binding fails the self-test, so it is built again: ${failureOf(probe)}`);
  }
  return withWorkFolder(pkg.folder, async (work) => {
    const built = path.join(work, 'built');
    const stamp = await build(pkg, source, tensorflow, wanted, built, options);
    return placeAndTest(pkg, stamp, work, built, options);
  });
}

/** Builds a binding, its links and its stamp into an empty folder; throws if the binding cannot be loaded. */
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
    onStep("Its source is of an unknown version: it is built unchanged, and can't run fused kernels.");
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

/** TensorFlow's libraries, which are found through the links in deps/lib, look for CUDA's libraries in deps/nvidia. */
async function linkCuda(
  built: string,
  nvidia: string | undefined,
  onStep: (line: string) => void,
): Promise<void> {
  if (nvidia === undefined) {
    onStep(
      "pip's nvidia-* packages were not found, so CUDA's libraries must be those of the system. To use pip's: " +
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
        `The binding was built, but fails the self-test: ${failureOf(probe)}\nThe previous state was restored.`,
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
