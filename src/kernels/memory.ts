import { engine } from '@tensorflow/tfjs-core';

/** Number of tensors alive in this thread. `memory()` has it too, but throws if no backend was started. */
export function countTensors(): number {
  return engine().state.numTensors;
}
