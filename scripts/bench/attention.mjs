// Attention on the wasm backend: the ways that were tried, side by side in one process.
//
//   npm run build && node scripts/bench/attention.mjs > scripts/bench/attention.md
//
// All ways compute softmax(Q K^T) V from [batch x seq, heads x headDim] to the same shape, without padding.

import os from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { startBackend } from '../../dist/kernels/backend.js';
import { attendPerHead } from '../../dist/kernels/wasm/wasm-attention.js';

const ROUNDS = 9;
const SHAPES = [
  { batch: 8, seq: 128, heads: 12, headDim: 32 },
  { batch: 8, seq: 128, heads: 12, headDim: 64 },
  { batch: 2, seq: 512, heads: 12, headDim: 32 },
  { batch: 32, seq: 32, heads: 12, headDim: 32 },
  { batch: 50, seq: 20, heads: 12, headDim: 32 },
  { batch: 50, seq: 20, heads: 12, headDim: 64 },
];

const split = (x, { batch, seq, heads, headDim }, order) =>
  tf.transpose(tf.reshape(x, [batch, seq, heads, headDim]), order);
const merge = (x, { batch, seq, heads, headDim }) =>
  tf.reshape(tf.transpose(tf.reshape(x, [batch, heads, seq, headDim]), [0, 2, 1, 3]), [
    batch * seq,
    heads * headDim,
  ]);

/** One pair of batched products. */
function batched(q, k, v, shape) {
  const probs = tf.softmax(tf.matMul(split(q, shape, [0, 2, 1, 3]), split(k, shape, [0, 2, 3, 1])));
  return merge(tf.matMul(probs, split(v, shape, [0, 2, 1, 3])), shape);
}

/** 2-D products of single heads, which `take` cuts out of [batch x heads, ...] on the device. */
function perHead(q, k, v, shape, take) {
  const { batch, seq, heads, headDim } = shape;
  const flat = (x, order) => tf.reshape(split(x, shape, order), [batch * heads, seq * headDim]);
  const queries = take(flat(q, [0, 2, 1, 3]), batch * heads);
  const keys = take(flat(k, [0, 2, 3, 1]), batch * heads);
  const values = take(flat(v, [0, 2, 1, 3]), batch * heads);
  const contexts = queries.map((query, i) => {
    const scores = tf.matMul(tf.reshape(query, [seq, headDim]), tf.reshape(keys[i], [headDim, seq]));
    return tf.matMul(tf.softmax(scores), tf.reshape(values[i], [seq, headDim]));
  });
  return merge(tf.concat(contexts, 0), shape);
}
const byUnstack = (x) => tf.unstack(x);
const byGather = (x, n) => Array.from({ length: n }, (_, i) => tf.gather(x, tf.tensor1d([i], 'int32')));

const WAYS = {
  'batched matmul': batched,
  'per head, unstack': (q, k, v, shape) => perHead(q, k, v, shape, byUnstack),
  'per head, gather': (q, k, v, shape) => perHead(q, k, v, shape, byGather),
  'per head, heap to heap': (q, k, v, shape) =>
    attendPerHead(tf.concat([q, k, v], 1), {
      ...shape,
      queries: shape.seq,
      lengths: new Int32Array(shape.batch).fill(shape.seq),
    }),
};

function median(times) {
  return [...times].sort((a, b) => a - b)[times.length >> 1];
}

await startBackend('wasm');
const names = Object.keys(WAYS);
console.log('# Attention on wasm: what was tried\n');
console.log(
  `Milliseconds for one attention of ${ROUNDS} rounds, the ways in turn: median (smallest). ${os.cpus()[0].model}, ` +
    `${os.cpus().length} cores, Node ${process.version}, TensorFlow.js ${tf.version_core}. Made by scripts/bench/attention.mjs.\n`,
);
console.log(`| batch x seq x heads x headDim | ${names.join(' | ')} | first / last |`);
console.log(`|---|${names.map(() => '---|').join('')}---|`);
for (const shape of SHAPES) {
  const { batch, seq, heads, headDim } = shape;
  const [q, k, v] = [1, 2, 3].map((seed) =>
    tf.randomNormal([batch * seq, heads * headDim], 0, 0.3, 'float32', seed),
  );
  const times = names.map(() => []);
  let reference;
  for (let round = -1; round < ROUNDS; round++) {
    for (const [i, name] of names.entries()) {
      const start = performance.now();
      const output = tf.tidy(() => WAYS[name](q, k, v, shape));
      const elapsed = performance.now() - start;
      if (round >= 0) {
        times[i].push(elapsed); // round -1 is the warm-up, and checks that all ways agree
      } else {
        const values = output.dataSync();
        reference ??= values;
        if (values.some((value, j) => Math.abs(value - reference[j]) > 1e-5)) {
          throw new Error(`${name} computes something else`);
        }
      }
      output.dispose();
    }
  }
  const cells = times.map((t) => `${median(t).toFixed(1)} (${Math.min(...t).toFixed(1)})`);
  const ratio = median(times[0]) / median(times.at(-1));
  console.log(`| ${batch} x ${seq} x ${heads} x ${headDim} | ${cells.join(' | ')} | ${ratio.toFixed(1)} x |`);
  tf.dispose([q, k, v]);
}
console.log(`
- **Batched matmul**: wasm has no fast kernel for it.
- **Per head, unstack**: the 2-D products are XNNPACK's, but each wasm slice first copies its whole source out of the heap.
- **Per head, gather**: gather copies only what it takes, element by element.
- **Per head, heap to heap** (\`src/kernels/wasm/wasm-attention.ts\`, what runs): each head's rows are copied within the heap as they are needed. Its time here has a concat that joins queries, keys and values, which the model does not need.`);
