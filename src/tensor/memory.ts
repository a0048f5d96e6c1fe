import * as tf from '@tensorflow/tfjs-core';

/** Tensors alive in this thread. */
export function countTensors(): number {
  return tf.memory().numTensors;
}
