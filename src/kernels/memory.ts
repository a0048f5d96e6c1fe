import { engine } from '@tensorflow/tfjs-core';

/** Tensors alive in this thread. `memory()` would tell it too, and throws where no backend was started. */
export function countTensors(): number {
  return engine().state.numTensors;
}
