import { type Tensor1D, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { LinearKernel } from '../kernels.js';
import type { Assembly } from './wasm-assembly.js';
import { addressOf, emptyOnHeap } from './wasm-heap.js';

/** Bytes of a float32 number. */
const SIZE = 4;

/**
 * x W + b and exact GELU by assembly/product.ts, with weights that were packed at load. The panels are all that is kept
 * of a weight; the bias stays too, because it says how many columns they have. Not differentiable.
 */
export function packedLinear(assembly: Assembly): LinearKernel {
  return {
    prepare: (weight, bias) => {
      const [inFeatures, outFeatures] = weight.shape;
      const panels = emptyOnHeap([assembly.panelsBytes(inFeatures, outFeatures) / SIZE]);
      assembly.pack(
        addressOf(weight),
        SIZE * outFeatures,
        SIZE,
        addressOf(bias),
        inFeatures,
        outFeatures,
        addressOf(panels),
      );
      return [bias, panels];
    },
    forward: (x, prepared, activation) =>
      tidy(() => {
        const [bias, panels] = prepared as readonly [Tensor1D, Tensor1D];
        const [rows, inFeatures] = x.shape;
        const [outFeatures] = bias.shape;
        const output = emptyOnHeap<Tensor2D>([rows, outFeatures]);
        const scratch = emptyOnHeap([assembly.productScratch(rows, inFeatures) / SIZE]);
        assembly.product(
          addressOf(x),
          SIZE * inFeatures,
          rows,
          inFeatures,
          addressOf(panels),
          outFeatures,
          addressOf(output),
          SIZE * outFeatures,
          activation === 'gelu' ? 1 : 0,
          addressOf(scratch),
        );
        return output;
      }),
  };
}
