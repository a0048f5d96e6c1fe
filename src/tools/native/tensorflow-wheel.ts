import { NativeSetupError } from '../../errors/errors.js';
import type { Machine } from './machine.js';

/** The TensorFlow that the native backend is built on and tested with. */
export const TENSORFLOW_VERSION = '2.21.0';

/** A published wheel of {@link TENSORFLOW_VERSION}; those of every Python hold the same libraries. */
export interface Wheel {
  /** What pip calls it. */
  readonly distribution: 'tensorflow-cpu' | 'tensorflow';
  /** pip's name of the platform. */
  readonly platformTag: string;
  readonly file: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly wheelBytes: number;
  /** The two libraries; the headers are some 4 MB more. */
  readonly libraryBytes: number;
}

/** pip's words for the Python whose wheel is taken: given always, so that pip of any Python finds it. */
export const WHEEL_PYTHON = { version: '3.11', implementation: 'cp', abi: 'cp311' } as const;

const WHEELS: Readonly<Record<string, Wheel>> = {
  'linux-x64-cpu': {
    distribution: 'tensorflow-cpu',
    platformTag: 'manylinux_2_27_x86_64',
    file: 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    wheelBytes: 273_829_956,
    libraryBytes: 853_308_936,
  },
  'linux-x64-gpu': {
    distribution: 'tensorflow',
    platformTag: 'manylinux_2_27_x86_64',
    file: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
    sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
    wheelBytes: 572_440_367,
    libraryBytes: 1_259_021_080,
  },
  'linux-arm64-cpu': {
    distribution: 'tensorflow',
    platformTag: 'manylinux_2_27_aarch64',
    file: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl',
    sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
    wheelBytes: 281_828_020,
    libraryBytes: 883_062_208,
  },
  'darwin-arm64-cpu': {
    distribution: 'tensorflow',
    platformTag: 'macosx_12_0_arm64',
    file: 'tensorflow-2.21.0-cp311-cp311-macosx_12_0_arm64.whl',
    sha256: '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
    wheelBytes: 223_405_849,
    libraryBytes: 740_805_624,
  },
};

/**
 * The wheel for a machine.
 *
 * @throws NativeSetupError where none is published; the message says what else can be done.
 */
export function chooseWheel({ platform, arch }: Machine, gpu: boolean): Wheel {
  const wheel = WHEELS[`${platform}-${arch}-${gpu ? 'gpu' : 'cpu'}`];
  if (wheel !== undefined) {
    return wheel;
  }
  throw new NativeSetupError(
    gpu && WHEELS[`${platform}-${arch}-cpu`] !== undefined
      ? `TensorFlow ${TENSORFLOW_VERSION} for ${platform} ${arch} has no GPU support; only that for linux x64 has. ` +
          'Run setup-native without --gpu, or give a TensorFlow of your own with --tensorflow DIR.'
      : `TensorFlow ${TENSORFLOW_VERSION} has no wheel for ${platform} ${arch}. ` +
          'Give a TensorFlow of your own with --tensorflow DIR, or stay with the wasm backend.',
  );
}

/** The wheel of this file name; undefined for one that is not known here. */
export function knownWheel(file: string): Wheel | undefined {
  return Object.values(WHEELS).find((wheel) => wheel.file === file);
}
