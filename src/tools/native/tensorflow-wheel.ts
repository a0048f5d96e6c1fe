import { NativeSetupError } from '../../errors/errors.js';
import type { Machine } from './machine.js';
import tensorflow from './tensorflow-wheels.json' with { type: 'json' };

/** The TensorFlow version that the native backend is built with and tested with. */
export const TENSORFLOW_VERSION = tensorflow.version;

/** A published wheel of {@link TENSORFLOW_VERSION}; the wheels for all versions of Python have the same libraries. */
export interface Wheel {
  /** pip's name of the package. */
  readonly distribution: string;
  /** pip's name of the platform. */
  readonly platformTag: string;
  readonly file: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly wheelBytes: number;
  /** Bytes of the two libraries; the headers take some 4 MB more. */
  readonly libraryBytes: number;
}

/** pip's options for the Python version of the wheel; always given, so that pip of any Python finds it. */
export const WHEEL_PYTHON = tensorflow.python;

/** By platform, processor and device. */
const WHEELS: Readonly<Record<string, Wheel>> = tensorflow.wheels;

/**
 * The wheel for a machine.
 *
 * @throws NativeSetupError if none is published; the message lists the alternatives.
 */
export function chooseWheel({ platform, arch }: Machine, gpu: boolean): Wheel {
  const wheel = WHEELS[`${platform}-${arch}-${gpu ? 'gpu' : 'cpu'}`];
  if (wheel !== undefined) {
    return wheel;
  }
  throw new NativeSetupError(
    gpu && WHEELS[`${platform}-${arch}-cpu`] !== undefined
      ? `TensorFlow ${TENSORFLOW_VERSION} supports GPUs on linux x64 only, not on ${platform} ${arch}. ` +
          'Run setup-native without --gpu, or name a TensorFlow of your own with --tensorflow DIR.'
      : `TensorFlow ${TENSORFLOW_VERSION} has no wheel for ${platform} ${arch}. ` +
          'Name a TensorFlow of your own with --tensorflow DIR, or stay with the wasm backend.',
  );
}

/** The known wheel with this file name; undefined for an unknown one. */
export function knownWheel(file: string): Wheel | undefined {
  return Object.values(WHEELS).find((wheel) => wheel.file === file);
}
