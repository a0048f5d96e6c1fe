// The wasm backend: TensorFlow.js's own ops, our kernels, and two worker threads, in turn; and the time of each kernel.
//
//   npm run build && node scripts/bench/wasm.mjs [--model DIR] [--rounds 3] > scripts/bench/wasm.md
//
// Each way has a process of its own, which keeps its model loaded and is idle while the others compute.

import { fork } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const WORKLOADS = [
  { name: '16 x 128 tokens', documents: 16, tokens: 128 },
  { name: '48 x 20 tokens', documents: 48, tokens: 20 },
];
const WAYS = ['plain', '1 thread', '2 threads'];
const MAX_BATCH_TOKENS = 512;

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: fileURLToPath(new URL('../../weights/mini-en-zh', import.meta.url)) },
    rounds: { type: 'string', default: '3' },
    way: { type: 'string' },
  },
});

await (values.way === undefined ? measure() : serve(values.way));

function sequencesOf({ documents, tokens }) {
  return Array.from({ length: documents }, (_, i) =>
    Int32Array.from({ length: tokens }, (_, j) => 5 + ((i * 7919 + j * 104_729) % 10_000)),
  );
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}

async function measure() {
  const children = new Map();
  for (const way of WAYS) {
    const child = fork(fileURLToPath(import.meta.url), ['--model', values.model, '--way', way]);
    await new Promise((resolve) => child.once('message', resolve)); // wait until it has loaded
    children.set(way, child);
  }
  const ask = (way, question) =>
    new Promise((resolve) => {
      children.get(way).once('message', resolve);
      children.get(way).send(question);
    });
  const seconds = new Map(WORKLOADS.map(({ name }) => [name, WAYS.map(() => [])]));
  for (let round = -1; round < Number(values.rounds); round++) {
    for (const workload of WORKLOADS) {
      for (const [i, way] of WAYS.entries()) {
        const time = await ask(way, { workload });
        if (round >= 0) {
          seconds.get(workload.name)[i].push(time); // round -1 is the warm-up
        }
      }
    }
  }
  const machine = `${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.version}`;
  console.log(`# The wasm backend: ${path.basename(values.model)}\n`);
  console.log(
    `Documents/s, median of ${values.rounds} rounds (slowest to fastest), the ways in turn. ${machine}; load of the ` +
      `machine ${os.loadavg()[0].toFixed(1)} at the end. Plain is TensorFlow.js's own ops, one thread.\n`,
  );
  console.log(
    `| workload | ${WAYS.join(' | ')} | 1 thread / plain | 2 threads / plain |\n|---|---|---|---|---|---|`,
  );
  for (const { name, documents } of WORKLOADS) {
    const rates = seconds.get(name).map((times) => times.map((time) => documents / time));
    const cells = rates.map(
      (r) => `${median(r).toFixed(2)} (${Math.min(...r).toFixed(2)} to ${Math.max(...r).toFixed(2)})`,
    );
    const ratios = [1, 2].map((i) => `${(median(rates[i]) / median(rates[0])).toFixed(2)} x`);
    console.log(`| ${[name, ...cells, ...ratios].join(' | ')} |`);
  }
  for (const workload of WORKLOADS) {
    console.log(`\nShare of the time by kernel, ${workload.name}, one round:\n`);
    console.log('| | plain | 1 thread |\n|---|---|---|');
    const [plain, ours] = [
      await ask('plain', { workload, profile: true }),
      await ask('1 thread', { workload, profile: true }),
    ];
    for (const kernel of new Set([...Object.keys(plain), ...Object.keys(ours)])) {
      const share = (profile) =>
        profile[kernel] === undefined ? '' : `${(100 * profile[kernel]).toFixed(1)} %`;
      if (Math.max(plain[kernel] ?? 0, ours[kernel] ?? 0) >= 0.005) {
        console.log(`| ${kernel} | ${share(plain)} | ${share(ours)} |`);
      }
    }
  }
  console.log(`
Wanted were 2.5 times plain on two cores; two perfect threads of products alone would give 2.57. Tried: attention head by head, out of the heap and within it (attention.md); GELU in four ways, softmax in four, LayerNorm in two (wasm-elementwise.md); products in blocks (wasm-accuracy.md), where exactness decided: the sums and float64 passes in JavaScript are what "between the kernels" is. Products are three quarters of the time. On short texts two threads share few batches, and the last one is waited for.`);
  for (const child of children.values()) {
    child.disconnect();
  }
}

/** The process of one way: loads the model, reports that, then answers each request. */
async function serve(way) {
  const compute = way === 'plain' ? await loadPlain() : await loadScorer(way === '1 thread' ? 1 : 2);
  process.on('message', async ({ workload, profile }) => {
    const sequences = sequencesOf(workload);
    const spent = profile ? await countKernels() : undefined;
    const start = performance.now();
    await compute(sequences);
    const total = performance.now() - start;
    process.send(spent === undefined ? total / 1000 : sharesOf(spent, total));
  });
  process.on('disconnect', () => process.exit());
  process.send('loaded');
}

async function loadScorer(threads) {
  const { openWithThreads } = await import('../../dist/process/threads.js');
  const options = { backend: 'wasm', threads, maxBatchTokens: MAX_BATCH_TOKENS };
  const scorer = await openWithThreads(values.model, options);
  return (sequences) => scorer.scoreSequences(sequences);
}

async function loadPlain() {
  const { startBackend } = await import('../../dist/kernels/backend.js');
  const { openCheckpoint } = await import('../../dist/weights/checkpoint.js');
  const { readModelConfig } = await import('../../dist/hub/read-model.js');
  const { SequenceClassifier } = await import('../../dist/model/sequence-classifier.js');
  const { createBatch } = await import('../../dist/batching/batch.js');
  const { planBatches } = await import('../../dist/batching/planner.js');
  await startBackend('wasm');
  const config = await readModelConfig(values.model);
  const checkpoint = await openCheckpoint(values.model);
  const classifier = await SequenceClassifier.load(checkpoint, config);
  await checkpoint.close();
  return async (sequences) => {
    const lengths = sequences.map(({ length }) => length);
    for (const indices of planBatches(lengths, MAX_BATCH_TOKENS)) {
      const logits = classifier.forward(
        createBatch(
          indices.map((i) => sequences[i]),
          config.padTokenId,
        ),
      );
      await logits.data();
      logits.dispose();
    }
  };
}

/** Milliseconds by kernel, counted from now on. */
async function countKernels() {
  const tf = await import('@tensorflow/tfjs-core');
  const spent = {};
  for (const kernel of tf.getKernelsForBackend('wasm')) {
    const { kernelName, kernelFunc } = kernel;
    tf.unregisterKernel(kernelName, 'wasm');
    const timed = (call) => {
      const start = performance.now();
      const result = kernelFunc(call);
      spent[kernelName] = (spent[kernelName] ?? 0) + performance.now() - start;
      return result;
    };
    tf.registerKernel({ ...kernel, kernelFunc: timed });
  }
  return spent;
}

function sharesOf(spent, total) {
  const kernels = Object.entries(spent).sort(([, a], [, b]) => b - a);
  const rest = total - kernels.reduce((sum, [, ms]) => sum + ms, 0);
  return {
    ...Object.fromEntries(kernels.map(([name, ms]) => [name, ms / total])),
    'between the kernels: JavaScript over the heap, copies, memory': rest / total,
  };
}
