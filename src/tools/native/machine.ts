import { NativeSetupError } from '../../errors/errors.js';

/** The facts that decide which TensorFlow runs on this machine, if any. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Version of the GNU C library, such as "2.36"; undefined if the system has none. */
  readonly glibc: string | undefined;
}

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return { platform: process.platform, arch: process.arch, glibc: header.glibcVersionRuntime };
}

/** The oldest GNU C library that TensorFlow's wheels support. */
const GLIBC = [2, 27] as const;

/** @throws NativeSetupError on a machine whose system cannot load TensorFlow's libraries. */
export function assertSupported({ platform, arch, glibc }: Machine): void {
  const [systems, processors] = [
    ['linux', 'darwin'],
    ['x64', 'arm64'],
  ];
  if (!systems.includes(platform)) {
    throw new NativeSetupError(
      `The native backend can be set up on Linux and macOS; this is ${platform}. ` +
        'Use Windows Subsystem for Linux or a container, or stay with the wasm backend, which needs no setup.',
    );
  }
  if (!processors.includes(arch)) {
    throw new NativeSetupError(
      `TensorFlow has no build for the architecture ${arch}; it has x64 and arm64. The wasm backend runs here.`,
    );
  }
  if (platform !== 'linux') {
    return;
  }
  if (glibc === undefined) {
    throw new NativeSetupError(
      'TensorFlow needs the GNU C library, and this Linux has another one (musl, as in Alpine). ' +
        'Use an image with glibc, such as Debian or Ubuntu, or stay with the wasm backend, which needs no setup.',
    );
  }
  const [major = 0, minor = 0] = glibc.split('.').map(Number);
  if (major < GLIBC[0] || (major === GLIBC[0] && minor < GLIBC[1])) {
    throw new NativeSetupError(
      `TensorFlow needs the GNU C library ${GLIBC.join('.')} or later; this system has ${glibc}. ` +
        'Use a newer system or container, or stay with the wasm backend.',
    );
  }
}

/** File names of TensorFlow's two libraries: the C and C++ interface, and the framework that it uses. */
export function libraryNames(platform: NodeJS.Platform): readonly [string, string] {
  return platform === 'darwin'
    ? ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']
    : ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
}
