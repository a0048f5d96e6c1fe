// This file imports nothing, so that options and help can be made without loading TensorFlow.js.

/** The backends that a model can run on. */
export const BACKENDS = ['node', 'webgpu', 'wasm', 'cpu'] as const;
export type Backend = (typeof BACKENDS)[number];

/**
 * Those that `auto` tries, in this order. WebGPU runs only on request: nobody knows before timing both whether a GPU is
 * faster than this processor, and a failing driver may end the process.
 */
export const AUTO_BACKENDS = ['node', 'wasm', 'cpu'] as const satisfies readonly Backend[];

/** What a caller may ask for: one backend, or the first of {@link AUTO_BACKENDS} that starts. */
export const BACKEND_REQUESTS = ['auto', ...BACKENDS] as const;
export type BackendRequest = (typeof BACKEND_REQUESTS)[number];

/** The types that weights are held and multiplied in. Sums, LayerNorm and softmax are float32 in all of them. */
export const DTYPES = ['float32', 'bfloat16', 'int8'] as const;
export type ModelDtype = (typeof DTYPES)[number];
