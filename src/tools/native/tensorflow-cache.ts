import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { NativeSetupError } from '../../errors/errors.js';
import { libraryNames, type Machine } from './machine.js';
import { downloadWheel, findPython, unpackWheel } from './python.js';
import type { RunProgram } from './run-program.js';
import { HEADER_FOLDERS, openTensorFlowFolder, type TensorFlowFolder } from './tensorflow-folder.js';
import { chooseWheel, knownWheel, TENSORFLOW_VERSION, type Wheel } from './tensorflow-wheel.js';

/** Options for getting TensorFlow. */
export interface FetchOptions {
  readonly machine: Machine;
  /** Folder of unpacked TensorFlows, each in a folder of its own. */
  readonly cache: string;
  readonly run: RunProgram;
  /** Whether pip may draw its progress on stderr. */
  readonly showProgress: boolean;
  readonly signal: AbortSignal;
  /** Called with a line about each step. */
  readonly onStep: (line: string) => void;
}

/** Upper bound of the size of the unpacked headers. */
const HEADER_BYTES = 10e6;
/** Assumed ratio of unpacked to packed size for an unknown wheel; known ones have 2 to 4. */
const GROWTH = 5;

/** The cache folder for the TensorFlow of a known wheel. */
export function cachedFolder(cache: string, { platform, arch }: Machine, gpu: boolean): string {
  return path.join(cache, `tensorflow-${TENSORFLOW_VERSION}-${gpu ? 'gpu' : 'cpu'}-${platform}-${arch}`);
}

/**
 * The TensorFlow of a pinned wheel, from the cache. If it is missing, it is downloaded first.
 *
 * @throws NativeSetupError if that fails; the cache is unchanged then.
 */
export function fetchTensorFlow(
  wheel: Wheel,
  gpu: boolean,
  options: FetchOptions,
): Promise<TensorFlowFolder> {
  const { cache, machine, run, showProgress, signal, onStep } = options;
  return keep(cachedFolder(cache, machine, gpu), options, async (folder) => {
    const python = await findPython(run);
    await assertSpace(folder, wheel.wheelBytes + wheel.libraryBytes + HEADER_BYTES);
    onStep(
      `Downloading ${wheel.distribution} ${TENSORFLOW_VERSION} with pip, ${megabytes(wheel.wheelBytes)}`,
    );
    await downloadWheel(python, wheel, folder, run, { show: showProgress, signal });
    const file = path.join(folder, wheel.file);
    assertSha256(file, await sha256Of(file, signal), wheel);
    await unpack(python, file, folder, options);
  });
}

/**
 * The TensorFlow of a given wheel, unpacked into the cache if necessary. The sha256 of the pinned wheel is checked;
 * that of an unknown wheel is reported.
 *
 * @throws NativeSetupError if it cannot be used; the cache is unchanged then.
 */
export async function unpackGivenWheel(
  file: string,
  gpu: boolean,
  options: FetchOptions,
): Promise<TensorFlowFolder> {
  const { cache, machine, run, signal, onStep } = options;
  const name = path.basename(file);
  const known = knownWheel(name);
  if (known === undefined) {
    const sha256 = await sha256Of(file, signal);
    onStep(`${name} is not a known wheel, so its sha256 is not checked: ${sha256}`);
    return keep(path.join(cache, `wheel-${sha256.slice(0, 16)}`), options, async (folder) => {
      await assertSpace(folder, (await stat(file)).size * GROWTH);
      await unpack(await findPython(run), file, folder, options);
    });
  }
  const pinned = chooseWheel(machine, gpu);
  if (known !== pinned) {
    throw new NativeSetupError(
      `${name} is a wheel for another machine or purpose. For ${machine.platform} ${machine.arch} ` +
        `${gpu ? 'with' : 'without'} --gpu, use ${pinned.file}.`,
    );
  }
  return keep(cachedFolder(cache, machine, gpu), options, async (folder) => {
    await assertSpace(folder, pinned.libraryBytes + HEADER_BYTES);
    assertSha256(file, await sha256Of(file, signal), pinned);
    await unpack(await findPython(run), file, folder, options);
  });
}

/** Creates a folder of the cache. `fill` gets a temporary folder, which is renamed when it is complete. */
async function keep(
  target: string,
  { cache, machine }: FetchOptions,
  fill: (folder: string) => Promise<void>,
): Promise<TensorFlowFolder> {
  if (existsSync(target)) {
    return openTensorFlowFolder(target, machine.platform);
  }
  const folder = await mkdir(cache, { recursive: true })
    .then(() => mkdtemp(path.join(cache, '.new-')))
    .catch((cause: NodeJS.ErrnoException) => {
      throw new NativeSetupError(
        `The folder ${cache} for TensorFlow's libraries cannot be written: ${cause.message}\n` +
          'Set XDG_CACHE_HOME to a writable folder.',
        { cause },
      );
    });
  try {
    await fill(folder);
    const unpacked = path.join(folder, 'tensorflow');
    openTensorFlowFolder(unpacked, machine.platform);
    await rename(unpacked, target).catch((error) => {
      if (!existsSync(target)) throw error; // else another run was faster, and its folder is equivalent
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return openTensorFlowFolder(target, machine.platform);
}

async function unpack(
  python: string,
  file: string,
  folder: string,
  { machine, run, signal, onStep }: FetchOptions,
): Promise<void> {
  onStep(`Unpacking ${path.basename(file)}`);
  const wanted = [...libraryNames(machine.platform), ...HEADER_FOLDERS.map((name) => `include/${name}`)];
  const prefixes = wanted.map((name) => `tensorflow/${name}`);
  await unpackWheel(python, file, folder, prefixes, run, signal);
}

function assertSha256(file: string, sha256: string, wheel: Wheel): void {
  if (sha256 !== wheel.sha256) {
    throw new NativeSetupError(
      `${file} has the sha256 ${sha256}; the published wheel has ${wheel.sha256}.\n` +
        'It is damaged or another file; download it again.',
    );
  }
}

async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new NativeSetupError(`The wheel ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return hash.digest('hex');
}

/** Checked first, because unpacking would only fail minutes later. */
async function assertSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes) {
    throw new NativeSetupError(
      `${path.dirname(folder)} has ${megabytes(bavail * bsize)} free; TensorFlow needs ${megabytes(bytes)} there, ` +
        'part of it only while it is unpacked. Free some space, or set XDG_CACHE_HOME to a folder on another disk.',
    );
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
