// This project's library: node ours.mjs MODEL BACKEND DTYPE THREADS

import * as tf from '@tensorflow/tfjs-core';
import { Reranker } from '../../../dist/index.js';
import { createKernels } from '../../../dist/kernels/choose.js';
import { nativeFacts } from '../../../dist/kernels/native/native-facts.js';
import { serve } from './protocol.mjs';

const [model, backend, dtype, threads] = process.argv.slice(2);
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
const REPEATS = 15;

/** Floating-point (or integer) operations per second of one product of size^3, in the kernel that linear layers use. */
function matmulOf(kernels) {
  return (size) =>
    tf.tidy(() => {
      // One long sequence, because int8 treats the rows of its first and last token differently.
      const inputIds = Int32Array.from({ length: size }, (_, i) => (i === size - 1 ? 2 : 5));
      const batch = { inputIds, lengths: Int32Array.of(size), seq: size };
      kernels.startBatch(batch);
      const { linear } = kernels;
      const [x, w] = [1, 2].map((seed) => tf.randomNormal([size, size], 0, 1, 'float32', seed));
      const prepared = linear.prepare(w, tf.zeros([size]));
      kernels.calibrate(() => linear.forward(x, prepared));
      // A layer's input has the dtype already, so the output of a first product is used.
      const input = linear.forward(x, prepared);
      const times = [];
      for (let i = -2; i < REPEATS; i++) {
        const started = performance.now();
        linear.forward(input, prepared).dispose();
        if (i >= 0) {
          times.push((performance.now() - started) / 1000);
        }
      }
      kernels.dispose();
      return (2 * size ** 3) / Math.min(...times); // the peak, because disturbances only slow it down
    });
}

serve(async () => {
  const reranker = await Reranker.load(model, { backend, dtype, threads: Number(threads) });
  const kernels = await createKernels(reranker.info.backend, dtype, Number(threads));
  const facts = nativeFacts();
  return {
    versions: {
      node: process.version,
      'tfjs-core': tf.version_core,
      ...(facts && { tensorflow: facts.tensorflow }),
    },
    score: async (pairs) =>
      (await reranker.score(pairs.map(([query, document]) => ({ query, document })))).map(
        ({ logit }) => logit,
      ),
    matmul: kernels.linear && matmulOf(kernels),
  };
});
