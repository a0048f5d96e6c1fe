import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { KernelGradients, Kernels } from '../kernels.js';
import { PLAIN_KERNELS } from '../plain.js';
import { type Assembly, loadAssembly } from './wasm-assembly.js';
import { attendByAssembly } from './wasm-attend.js';
import { attendPerHead } from './wasm-attention.js';
import { attentionGradientPerHead } from './wasm-attention-gradient.js';
import { gelu, geluSlope } from './wasm-gelu.js';
import { addressOf, emptyOnHeap, fillOnHeap } from './wasm-heap.js';
import { layerNorm, layerNormGradient } from './wasm-layer-norm.js';
import { WASM_LINEAR } from './wasm-linear.js';
import { packedLinear } from './wasm-product.js';

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

/** The same with the functions of assembly/ in their place. */
export function withAssembly(assembly: Assembly): Kernels {
  return {
    ...WASM_KERNELS,
    linear: packedLinear(assembly),
    layerNorm: (x, weight, bias, eps) => {
      const [rows, hidden] = x.shape;
      const output = emptyOnHeap<Tensor2D>(x.shape);
      const [scale, shift] = [addressOf(weight), addressOf(bias)];
      assembly.layerNorm(addressOf(x), scale, shift, rows, hidden, eps, addressOf(output));
      return output;
    },
    attention: attendByAssembly(assembly),
  };
}

/** The best kernels that this JavaScript engine can run. */
export async function createWasmKernels(): Promise<Kernels> {
  const assembly = await loadAssembly();
  return assembly === undefined ? WASM_KERNELS : withAssembly(assembly);
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
