import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { engine, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';

/**
 * The numbers of a float32 tensor where they lie, in the heap of the wasm backend: nothing is copied. Valid until the
 * next tensor is made (the heap may grow and move).
 */
export function viewOnHeap(tensor: TensorInfo): Float32Array {
  return (engine().backend as BackendWasm).typedArrayFromHeap(tensor) as Float32Array;
}

/**
 * A new float32 tensor that JavaScript fills in the heap itself: one pass where TensorFlow.js's kernels take several,
 * sums in float64 for free. Not differentiable.
 *
 * @param fill gets the new tensor's memory, which holds anything before, and views of `inputs`.
 */
export function fillOnHeap<T extends Tensor>(
  shape: readonly number[],
  inputs: readonly Tensor[],
  fill: (output: Float32Array, ...inputs: Float32Array[]) => void,
): T {
  const info = (engine().backend as BackendWasm).makeOutput([...shape], 'float32');
  const output = engine().makeTensorFromTensorInfo(info) as T;
  fill(viewOnHeap(info), ...inputs.map(viewOnHeap));
  return output;
}
