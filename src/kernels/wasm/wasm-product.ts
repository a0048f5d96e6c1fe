import { type Tensor1D, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { LinearKernel } from '../kernels.js';
import type { Team } from './wasm-team.js';

/** Bytes of a float32 number. */
const SIZE = 4;

/**
 * x W + b and exact GELU by assembly/product.ts, with weights that were packed at load. The panels are all that is kept
 * of a weight; the bias stays too, because it says how many columns they have. Not differentiable.
 */
export function packedLinear(team: Team): LinearKernel {
  const { assembly, tensors, threads } = team;
  return {
    prepare: (weight, bias) => {
      const [outFeatures, inFeatures] = weight.shape;
      const panels = tensors.empty<Tensor1D>([assembly.panelsBytes(inFeatures, outFeatures) / SIZE]);
      const [from, shift] = [tensors.addressOf(weight), tensors.addressOf(bias)];
      // Read by columns: the weight lies transposed in the file.
      assembly.pack(from, SIZE, SIZE * inFeatures, shift, inFeatures, outFeatures, tensors.addressOf(panels));
      return [bias, panels];
    },
    forward: (x, prepared, activation) =>
      tidy(() => {
        const [bias, panels] = prepared as readonly [Tensor1D, Tensor1D];
        const [rows, inFeatures] = x.shape;
        const [outFeatures] = bias.shape;
        const output = tensors.empty<Tensor2D>([rows, outFeatures]);
        const [from, weights, to] = [x, panels, output].map((tensor) => tensors.addressOf(tensor));
        team.withScratch(assembly.productSpace(rows, inFeatures, threads), (scratch) =>
          team.run(
            assembly.planProduct(
              ...([from as number, SIZE * inFeatures, rows, inFeatures] as const),
              ...([weights as number, outFeatures, to as number, SIZE * outFeatures] as const),
              ...([activation === 'gelu' ? 1 : 0, scratch, threads] as const),
            ),
          ),
        );
        return output;
      }),
  };
}
