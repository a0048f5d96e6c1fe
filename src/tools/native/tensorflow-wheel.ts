import { NativeSetupError } from '../../errors/errors.js';
import type { Machine } from './machine.js';
import tensorflow from './tensorflow-wheels.json' with { type: 'json' };

/** The TensorFlow that the native backend is built on and tested with. */
export const TENSORFLOW_VERSION = tensorflow.version;

/** A published wheel of {@link TENSORFLOW_VERSION}; those of every Python hold the same libraries. */
export interface Wheel {
  /** What pip calls it. */
  readonly distribution: string;
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
export const WHEEL_PYTHON = tensorflow.python;

/** By platform, processor and device. */
const WHEELS: Readonly<Record<string, Wheel>> = tensorflow.wheels;

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
