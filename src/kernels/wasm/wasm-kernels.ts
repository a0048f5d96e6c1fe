import { type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { KernelGradients, Kernels } from '../kernels.js';
import { PLAIN_KERNELS } from '../plain.js';
import { bestAssembly } from './wasm-assembly.js';
import { attendByAssembly } from './wasm-attend.js';
import { attendPerHead } from './wasm-attention.js';
import { attentionGradientPerHead } from './wasm-attention-gradient.js';
import { gelu, geluSlope } from './wasm-gelu.js';
import { fillOnHeap } from './wasm-heap.js';
import { layerNorm, layerNormGradient } from './wasm-layer-norm.js';
import { WASM_LINEAR } from './wasm-linear.js';
import { packedLinear } from './wasm-product.js';
import { Team } from './wasm-team.js';

/**
 * Kernels that are faster or more exact on wasm than TensorFlow.js's own operations, in JavaScript over the heap and
 * with XNNPACK's products. They run wherever TensorFlow.js's wasm backend does.
 */
export const WASM_KERNELS: Kernels = {
  ...PLAIN_KERNELS,
  linear: WASM_LINEAR,
  layerNorm,
  gelu: (x) =>
    fillOnHeap<Tensor2D>(x.shape, [x], (output, input) => {
      for (let i = 0; i < output.length; i++) {
        output[i] = gelu((input as Float32Array)[i] as number);
      }
    }),
  attention: attendPerHead,
};

/** The same with the functions of assembly/ in their place, computed by a team of threads, which they own. */
export function withTeam(team: Team): Kernels {
  const { assembly, tensors } = team;
  return {
    ...WASM_KERNELS,
    threads: team.size,
    linear: packedLinear(team),
    add: (a, b) =>
      tidy(() => {
        const output = tensors.empty<Tensor2D>(a.shape);
        const [left, right, to] = [a, b, output].map((t) => tensors.addressOf(t));
        team.run(assembly.planAdd(left as number, right as number, a.size, to as number));
        return output;
      }),
    layerNorm: (x, weight, bias, eps) => {
      const [rows, hidden] = x.shape;
      return tidy(() => {
        const output = tensors.empty<Tensor2D>(x.shape);
        const [from, scale, shift, to] = [x, weight, bias, output].map((t) => tensors.addressOf(t));
        team.run(
          assembly.planLayerNorm(
            ...([from as number, scale as number, shift as number, rows, hidden, eps, to as number] as const),
          ),
        );
        return output;
      });
    },
    attention: attendByAssembly(team),
    dispose: () => team.dispose(),
  };
}

/** The best kernels that this JavaScript engine can run. @param threads that compute a batch together */
export async function createWasmKernels(threads: number): Promise<Kernels> {
  const best = await bestAssembly();
  return best === undefined ? WASM_KERNELS : withTeam(await Team.start(best.module, threads));
}

/** Their gradients, which work on the heap too. */
export const WASM_GRADIENTS: KernelGradients = {
  layerNorm: layerNormGradient,
  gelu: (dy, x) =>
    fillOnHeap<Tensor2D>(x.shape, [dy, x], (output, slopes, values) => {
      for (let i = 0; i < output.length; i++) {
        output[i] =
          ((slopes as Float32Array)[i] as number) * geluSlope((values as Float32Array)[i] as number);
      }
    }),
  attention: attentionGradientPerHead,
};
