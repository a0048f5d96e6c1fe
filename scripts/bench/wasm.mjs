// The wasm backend: TensorFlow.js's own ops, our kernels over XNNPACK's products (the fallback), our kernels in
// AssemblyScript in one and two threads, and onnxruntime-web, in turn; and where the time goes.
//
//   npm run build && node scripts/bench/wasm.mjs [--model DIR] [--rounds 3] [--ways 'XNNPACK;1 thread']
//     [--thin 4] [--profile] [--onnx FILE --installed FOLDER]
//
// FILE is the model from engines/export.py, FOLDER/node_modules has onnxruntime-web (README.md); --thin divides the
// number of documents, for a quick run of a large model; --profile adds the time of each kernel.
// Each way is a process of its own that keeps its model loaded and computes while the others wait.

import { fork } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const MAX_BATCH_TOKENS = 512;

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: fileURLToPath(new URL('../../weights/mini-en-zh', import.meta.url)) },
    rounds: { type: 'string', default: '3' },
    ways: { type: 'string' },
    way: { type: 'string' },
    thin: { type: 'string', default: '1' },
    profile: { type: 'boolean', default: false },
    onnx: { type: 'string' },
    installed: { type: 'string', default: '.cache/bench' },
  },
});

const WORKLOADS = [
  { documents: 16 / Number(values.thin), tokens: 128 },
  { documents: 48 / Number(values.thin), tokens: 20 },
].map((workload) => ({ ...workload, name: `${workload.documents} x ${workload.tokens} tokens` }));
const WAYS = values.ways?.split(';') ?? [
  ...['plain', 'XNNPACK', '1 thread', '2 threads'],
  ...(values.onnx === undefined ? [] : ['onnxruntime-web, 1 thread', 'onnxruntime-web, 2 threads']),
];

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
    const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), '--way', way]);
    await new Promise((resolve) => child.once('message', resolve)); // it has loaded
    children.set(way, child);
  }
  const ask = (way, question) =>
    new Promise((resolve) => {
      children.get(way).once('message', resolve);
      children.get(way).send(question);
    });
  const times = new Map(WORKLOADS.map(({ name }) => [name, WAYS.map(() => [])]));
  for (let round = -1; round < Number(values.rounds); round++) {
    for (const workload of WORKLOADS) {
      for (const [i, way] of WAYS.entries()) {
        const time = await ask(way, { workload });
        if (round >= 0) {
          times.get(workload.name)[i].push(time); // round -1 warms up
        }
      }
    }
  }
  const machine = `${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.version}`;
  console.log(`# The wasm backend: ${path.basename(values.model)}\n`);
  console.log(
    `Documents/s, median of ${values.rounds} rounds (slowest to fastest), and documents per second of processor time, ` +
      `the ways in turn; x is against XNNPACK. ${machine}; load of the machine ${os.loadavg()[0].toFixed(1)} at the end. Plain is ` +
      "TensorFlow.js's own ops, XNNPACK our kernels over its products, one thread each.\n",
  );
  console.log(`| workload | ${WAYS.join(' | ')} |\n|---|${'---|'.repeat(WAYS.length)}`);
  for (const { name, documents } of WORKLOADS) {
    for (const [unit, what] of [
      ['documents/s', ({ seconds }) => documents / seconds],
      ['per second of processor time', ({ processor }) => documents / processor],
    ]) {
      const rates = times.get(name).map((runs) => runs.map(what));
      const against = median(rates[Math.max(0, WAYS.indexOf('XNNPACK'))]);
      const cells = rates.map(
        (r) =>
          `${median(r).toFixed(2)} (${Math.min(...r).toFixed(2)} to ${Math.max(...r).toFixed(2)}), ${(median(r) / against).toFixed(2)} x`,
      );
      console.log(`| ${[`${name}, ${unit}`, ...cells].join(' | ')} |`);
    }
  }
  for (const workload of values.profile ? WORKLOADS : []) {
    console.log(`\nShare of the time by kernel, ${workload.name}, one round:\n`);
    console.log('| | XNNPACK | 1 thread |\n|---|---|---|');
    const [before, ours] = [
      await ask('XNNPACK', { workload, profile: true }),
      await ask('1 thread', { workload, profile: true }),
    ];
    for (const kernel of new Set([...Object.keys(before), ...Object.keys(ours)])) {
      const share = (profile) => `${(100 * (profile[kernel] ?? 0)).toFixed(1)} %`;
      console.log(`| ${[kernel, share(before), share(ours)].join(' | ')} |`);
    }
  }
  for (const child of children.values()) {
    child.disconnect();
  }
}

/** One way: loads, says so, then answers each question. */
async function serve(way) {
  const spent = {};
  const compute = way.startsWith('onnx') ? await loadOnnx(way) : await loadLayers(way, spent);
  process.on('message', async ({ workload, profile }) => {
    const sequences = sequencesOf(workload);
    for (const kernel of Object.keys(spent)) {
      spent[kernel] = 0;
    }
    const start = performance.now();
    const cpu = process.cpuUsage();
    await compute(sequences);
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    process.send(profile ? sharesOf(spent, 1000 * seconds) : { seconds, processor: (user + system) / 1e6 });
  });
  process.on('disconnect', () => process.exit());
  process.send('loaded');
}

async function loadOnnx(way) {
  const { openSession } = await import('./engines/onnx-session.mjs');
  const session = await openSession(values.onnx, values.installed, Number(way.match(/\d+/)[0]));
  return (sequences) => session.score(sequences);
}

/** The layers with the kernels of one way, whose milliseconds are counted. */
async function loadLayers(way, spent) {
  const { startBackend } = await import('../../dist/kernels/backend.js');
  const { createKernels } = await import('../../dist/kernels/choose.js');
  const { WASM_KERNELS } = await import('../../dist/kernels/wasm/wasm-kernels.js');
  const { PLAIN_KERNELS } = await import('../../dist/kernels/plain.js');
  const { openCheckpoint } = await import('../../dist/weights/checkpoint.js');
  const { readModelConfig } = await import('../../dist/hub/read-model.js');
  const { SequenceClassifier } = await import('../../dist/model/sequence-classifier.js');
  const { createBatch } = await import('../../dist/batching/batch.js');
  const { planBatches } = await import('../../dist/batching/planner.js');
  const started = await startBackend('wasm');
  const chosen =
    { plain: PLAIN_KERNELS, XNNPACK: WASM_KERNELS }[way] ??
    (await createKernels(started, 'float32', Number.parseInt(way, 10)));
  const { linear, attention, layerNorm } = chosen;
  const timed =
    (name, kernel) =>
    (...inputs) => {
      const start = performance.now();
      const result = kernel(...inputs);
      spent[name] = (spent[name] ?? 0) + performance.now() - start;
      return result;
    };
  const kernels = {
    ...chosen,
    linear: { prepare: linear.prepare, forward: timed('linear layers and GELU', linear.forward) },
    attention: timed('attention', attention),
    layerNorm: timed('LayerNorm', layerNorm),
  };
  const config = await readModelConfig(values.model);
  const checkpoint = await openCheckpoint(values.model);
  const classifier = await SequenceClassifier.load(checkpoint, config, { kernels });
  await checkpoint.close();
  return async (sequences) => {
    const lengths = sequences.map(({ length }) => length);
    for (const indices of planBatches(lengths, MAX_BATCH_TOKENS)) {
      const batch = createBatch(
        indices.map((i) => sequences[i]),
        config.padTokenId,
      );
      const logits = classifier.forward(batch);
      await logits.data();
      logits.dispose();
    }
  };
}

function sharesOf(spent, total) {
  const shares = Object.fromEntries(Object.entries(spent).map(([name, ms]) => [name, ms / total]));
  const rest = Object.values(shares).reduce((left, share) => left - share, 1);
  return { ...shares, 'the rest': rest };
}
