import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { engine, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';

/**
 * The numbers of a float32 tensor, in place in the heap of the wasm backend, without a copy. Valid until the next
 * tensor is created, because the heap may grow and move.
 */
export function viewOnHeap(tensor: TensorInfo): Float32Array {
  return (engine().backend as BackendWasm).typedArrayFromHeap(tensor) as Float32Array;
}

/**
 * Lets tensors of another backend be seen on the heap. TensorFlow.js looks up the heap's memory and moves a tensor's
 * numbers there only then; if the heap grows for them, the memory that it looked up is gone. Here they are moved first.
 */
export function moveBeforeViewing(): void {
  const backend = engine().findBackend('wasm') as BackendWasm;
  if (Object.hasOwn(backend, 'typedArrayFromHeap')) {
    return; // done for an earlier model
  }
  const view = backend.typedArrayFromHeap.bind(backend);
  backend.typedArrayFromHeap = (tensor) => {
    backend.dataIdMap.get(tensor.dataId);
    return view(tensor);
  };
}

/**
 * A new float32 tensor that JavaScript fills in the heap: one pass where TensorFlow.js's kernels take several, and
 * sums in float64 at no cost. Not differentiable.
 *
 * @param fill gets the new tensor's memory, which is not initialized, and views of `inputs`.
 */
export function fillOnHeap<T extends Tensor>(
  shape: readonly number[],
  inputs: readonly Tensor[],
  fill: (output: Float32Array, ...inputs: Float32Array[]) => void,
): T {
  inputs.forEach(viewOnHeap); // those that are elsewhere come to the heap, which may grow
  const info = (engine().backend as BackendWasm).makeOutput([...shape], 'float32');
  const output = engine().makeTensorFromTensorInfo(info) as T;
  fill(viewOnHeap(info), ...inputs.map(viewOnHeap));
  return output;
}
