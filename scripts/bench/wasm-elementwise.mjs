// GELU, softmax and LayerNorm on the wasm backend: the ways that were tried, side by side in one process.
//
//   npm run build && node scripts/bench/wasm-elementwise.mjs > scripts/bench/wasm-elementwise.md

import os from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { startBackend } from '../../dist/kernels/backend.js';
import { gelu as composedGelu } from '../../dist/kernels/plain.js';
import { gelu as rationalGelu } from '../../dist/kernels/wasm/wasm-gelu.js';
import { fillOnHeap } from '../../dist/kernels/wasm/wasm-heap.js';
import { layerNorm } from '../../dist/kernels/wasm/wasm-layer-norm.js';

const ROUNDS = 9;
await startBackend('wasm');

const map = (x, f) =>
  fillOnHeap(x.shape, [x], (output, input) => {
    for (let i = 0; i < output.length; i++) {
      output[i] = f(input[i]);
    }
  });

/** erf by an exponential, Abramowitz and Stegun 7.1.26, as in TensorFlow.js's kernel. */
function exponentialGelu(x) {
  const z = Math.abs(x) * Math.SQRT1_2;
  const t = 1 / (1 + 0.3275911 * z);
  const p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const erf = 1 - p * Math.exp(-z * z);
  return 0.5 * x * (1 + (x < 0 ? -erf : erf));
}

const STEPS = 512; // of the table from -6 to 6, for each unit
const TABLE = Float64Array.from({ length: 12 * STEPS + 2 }, (_, i) => rationalGelu(i / STEPS - 6));
function tableGelu(x) {
  if (x >= 6) return x;
  if (x <= -6) return 0;
  const at = (x + 6) * STEPS;
  const i = Math.floor(at);
  return TABLE[i] + (at - i) * (TABLE[i + 1] - TABLE[i]);
}

function hostSoftmax(x) {
  const width = x.shape[1];
  return fillOnHeap(x.shape, [x], (output, input) => {
    for (let start = 0; start < output.length; start += width) {
      let max = -Infinity;
      for (let i = 0; i < width; i++) max = Math.max(max, input[start + i]);
      let sum = 0;
      for (let i = 0; i < width; i++) sum += output[start + i] = Math.exp(input[start + i] - max);
      for (let i = 0; i < width; i++) output[start + i] /= sum;
    }
  });
}
const composedSoftmax = (x) => {
  const e = tf.exp(tf.sub(x, tf.max(x, 1, true)));
  return tf.div(e, tf.sum(e, 1, true));
};
const composedLayerNorm = (x, w, b) => {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const normalized = tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-5)));
  return tf.add(tf.mul(normalized, w), b);
};

const wide = tf.randomNormal([512, 3072], 0, 1, 'float32', 1);
const scores = tf.randomNormal([128, 128], 0, 1, 'float32', 2);
const states = tf.randomNormal([512, 768], 0, 1, 'float32', 3);
const [weight, bias] = [tf.ones([768]), tf.zeros([768])];
const CASES = {
  'GELU, 512 x 3072': {
    'composed of five ops': () => composedGelu(wide),
    'one pass, exponential': () => map(wide, exponentialGelu),
    'one pass, table of 6,145 and a line between': () => map(wide, tableGelu),
    'one pass, rational function (taken)': () => map(wide, rationalGelu),
  },
  'softmax, 48 heads of 128 x 128': {
    'composed of five ops': () => repeat(48, () => composedSoftmax(scores)),
    'one pass in JavaScript, float64': () => repeat(48, () => hostSoftmax(scores)),
    "TensorFlow.js's kernel, all heads in one": () => tf.softmax(tf.tile(scores, [48, 1])),
    "TensorFlow.js's kernel, a head at a time (taken)": () => repeat(48, () => tf.softmax(scores)),
  },
  'LayerNorm, 512 x 768': {
    'composed of nine ops': () => composedLayerNorm(states, weight, bias),
    'three passes in JavaScript, float64 (taken)': () => layerNorm(states, weight, bias, 1e-5),
  },
};

function repeat(times, compute) {
  for (let i = 0; i < times; i++) tf.tidy(() => void compute());
}

console.log('# GELU, softmax and LayerNorm on wasm: what was tried\n');
console.log(
  `Milliseconds, median (smallest) of ${ROUNDS} rounds, the ways in turn. ${os.cpus()[0].model}, ${os.cpus().length} cores, ` +
    `Node ${process.version}, TensorFlow.js ${tf.version_core}; load ${os.loadavg()[0].toFixed(1)}. ` +
    'Made by scripts/bench/wasm-elementwise.mjs.\n',
);
console.log('| what | way | ms |\n|---|---|---|');
for (const [what, ways] of Object.entries(CASES)) {
  const times = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const [way, compute] of Object.entries(ways)) {
      const start = performance.now();
      tf.tidy(() => void compute());
      if (round >= 0) times[way].push(performance.now() - start);
    }
  }
  for (const [way, all] of Object.entries(times)) {
    const sorted = all.sort((a, b) => a - b);
    console.log(`| ${what} | ${way} | ${sorted[ROUNDS >> 1].toFixed(1)} (${sorted[0].toFixed(1)}) |`);
  }
}
