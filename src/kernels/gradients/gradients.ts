import {
  getGradient,
  mul,
  pad,
  registerGradient,
  reshape,
  square,
  sub,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { InternalError } from '../../errors/errors.js';

type Gradient = Parameters<typeof registerGradient>[0];

/**
 * Gradients of the operations between the layers. TensorFlow.js has them only in bundles that Node cannot import one by
 * one. Kernels have gradients of their own (`differentiable.ts`).
 */
const GRADIENTS: readonly Gradient[] = [
  {
    kernelName: 'Reshape',
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => reshape(dy as Tensor, (x as Tensor).shape) }),
  },
  {
    kernelName: 'Add',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => unbroadcast(dy as Tensor, a),
      b: () => unbroadcast(dy as Tensor, b),
    }),
  },
  {
    kernelName: 'Slice',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attributes) => {
      const { begin, size } = attributes as unknown as { begin: number[]; size: number[] };
      const around = (x as Tensor).shape.map((all, i): [number, number] => {
        const before = begin[i] as number;
        return [before, all - before - (size[i] as number)];
      });
      return { x: () => pad(dy as Tensor, around) };
    },
  },
  {
    kernelName: 'Tanh',
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => mul(dy as Tensor, sub(1, square(y as Tensor))) }),
  },
];

/** Registers them, unless the backend has registered its own. */
export function registerGradients(): void {
  for (const gradient of GRADIENTS) {
    if (getGradient(gradient.kernelName) === undefined) {
      registerGradient(gradient);
    }
  }
}

/** The gradient of a sum towards one of its terms. Terms that were broadcast get none, because nothing asks for it. */
function unbroadcast(dy: Tensor, term: Tensor | undefined): Tensor {
  if (String(term?.shape) !== String(dy.shape)) {
    throw new InternalError(`A gradient towards a term of shape [${term?.shape}] of a sum of [${dy.shape}].`);
  }
  return dy;
}
