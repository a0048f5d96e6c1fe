import { NativeSetupError } from '../../errors/errors.js';
import { type RunProgram, tellingLine } from './run-program.js';
import { TENSORFLOW_VERSION, WHEEL_PYTHON, type Wheel } from './tensorflow-wheel.js';

const PYTHONS = ['python3', 'python'];

/**
 * The name of a Python 3 that starts.
 *
 * @throws NativeSetupError that says how to get one.
 */
export async function findPython(run: RunProgram): Promise<string> {
  for (const python of PYTHONS) {
    const answer = await run(python, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']);
    if (answer?.code === 0) {
      return python;
    }
  }
  throw new NativeSetupError(
    'Python 3.8 or later was not found; it downloads and unpacks TensorFlow. Install it ' +
      '(Debian, Ubuntu: apt install python3 python3-pip; macOS: xcode-select --install), ' +
      'or name an unpacked TensorFlow with --tensorflow DIR.',
  );
}

/**
 * Downloads a wheel with pip into a folder.
 *
 * @param show whether pip's progress goes to stderr.
 * @throws NativeSetupError if there is no pip, or it cannot get the wheel.
 */
export async function downloadWheel(
  python: string,
  wheel: Wheel,
  folder: string,
  run: RunProgram,
  { show, signal }: { readonly show: boolean; readonly signal: AbortSignal },
): Promise<void> {
  if ((await run(python, ['-m', 'pip', '--version']))?.code !== 0) {
    throw new NativeSetupError(
      `${python} has no pip, which downloads TensorFlow. Install it (Debian, Ubuntu: apt install python3-pip; ` +
        `elsewhere: ${python} -m ensurepip), or name the wheel ${wheel.file} with --wheel FILE.`,
    );
  }
  const args = [
    ...['-m', 'pip', 'download', '--no-deps', '--no-cache-dir', '--no-input', '--disable-pip-version-check'],
    ...['--only-binary=:all:', '--python-version', WHEEL_PYTHON.version],
    ...['--implementation', WHEEL_PYTHON.implementation, '--abi', WHEEL_PYTHON.abi],
    ...['--platform', wheel.platformTag, '--dest', folder, `${wheel.distribution}==${TENSORFLOW_VERSION}`],
  ];
  const answer = await run(python, args, { show, signal });
  if (answer?.code !== 0) {
    throw new NativeSetupError(
      `pip could not download ${wheel.distribution} ${TENSORFLOW_VERSION}: ` +
        `${tellingLine(answer?.stderr ?? '', /^ERROR/)}\n` +
        `Check the network and pip's settings, or get the file ${wheel.file} elsewhere and name it with --wheel FILE.`,
      { cause: new Error(answer?.stderr) },
    );
  }
}

/** Unpacks the entries of a zip file that begin with one of the prefixes; arguments: file, folder, prefixes. */
const UNPACK = `
import sys, zipfile
file, folder, *prefixes = sys.argv[1:]
with zipfile.ZipFile(file) as archive:
    for name in archive.namelist():
        if name.startswith(tuple(prefixes)):
            archive.extract(name, folder)
`;

/**
 * Unpacks the entries of a wheel that begin with one of the prefixes, in chunks, so that memory stays small.
 *
 * @throws NativeSetupError if the file is no wheel, or the disk is full.
 */
export async function unpackWheel(
  python: string,
  file: string,
  folder: string,
  prefixes: readonly string[],
  run: RunProgram,
  signal: AbortSignal,
): Promise<void> {
  const answer = await run(python, ['-c', UNPACK, file, folder, ...prefixes], { signal });
  if (answer?.code !== 0) {
    throw new NativeSetupError(
      `${file} cannot be unpacked: ${tellingLine(answer?.stderr ?? '', /Error|error/)}`,
      {
        cause: new Error(answer?.stderr),
      },
    );
  }
}
