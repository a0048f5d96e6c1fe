import type { Kernels } from './kernels.js';
import { attendPerHead } from './wasm-attention.js';
import { layerNorm } from './wasm-layer-norm.js';
import { WASM_LINEAR } from './wasm-linear.js';

/** What is faster or more exact on wasm than TensorFlow.js's own ops there. */
export const WASM_KERNELS: Kernels = {
  dtype: 'float32',
  linear: WASM_LINEAR,
  layerNorm,
  attention: attendPerHead,
};
