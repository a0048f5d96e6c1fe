import path from 'node:path';
import { cachedFolder, type FetchOptions, fetchTensorFlow, unpackGivenWheel } from './tensorflow-cache.js';
import { openTensorFlowFolder, type TensorFlowFolder } from './tensorflow-folder.js';
import { chooseWheel } from './tensorflow-wheel.js';

/** Which TensorFlow to use, and options for getting it. */
export interface ChoiceOptions extends FetchOptions {
  /** Whether to use TensorFlow with CUDA. */
  readonly gpu: boolean;
  /** A wheel to use instead of downloading the pinned one. */
  readonly wheel: string | undefined;
  /** A folder with TensorFlow's libraries and headers to use instead of a wheel. */
  readonly tensorflow: string | undefined;
}

/** TensorFlow's libraries: their place, and how to get them there. */
export interface TensorFlowChoice {
  readonly folder: string;
  /** Whether the caller chose another one than the pinned one. */
  readonly chosen: boolean;
  open(): Promise<TensorFlowFolder>;
}

/**
 * Decides where TensorFlow comes from. Files of the caller are checked at once; a download waits for `open`.
 *
 * @throws NativeSetupError if there is none for this machine, or the caller's files cannot be used.
 */
export async function chooseTensorFlow(options: ChoiceOptions): Promise<TensorFlowChoice> {
  const { machine, cache, gpu, wheel, tensorflow } = options;
  if (tensorflow !== undefined) {
    const opened = openTensorFlowFolder(tensorflow, machine.platform);
    return { folder: opened.folder, chosen: true, open: async () => opened };
  }
  const folder = cachedFolder(cache, machine, gpu);
  if (wheel !== undefined) {
    const opened = await unpackGivenWheel(path.resolve(wheel), gpu, options);
    return { folder: opened.folder, chosen: opened.folder !== folder, open: async () => opened };
  }
  const pinned = chooseWheel(machine, gpu);
  return { folder, chosen: false, open: () => fetchTensorFlow(pinned, gpu, options) };
}
