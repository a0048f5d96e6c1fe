// The time from the start of a process to its first score, and its parts: the embedded model on wasm.
//
//   npm run build && node scripts/bench/cold-start.mjs [--rounds 7] [--backend wasm] > scripts/bench/cold-start.md
//
// Whole: a program that uses the library, from the start of its process until it has the score. Parts: the same steps
// one by one, in processes of their own.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { median } from '../../dist/math/statistics.js';
import { describeMachine } from './machine.mjs';
import { table } from './markdown.mjs';

const PAIR = { query: 'capital of France', document: 'Paris is the capital of France.' };

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    backend: { type: 'string', default: 'wasm' },
    way: { type: 'string' },
  },
});

if (values.way === 'whole') {
  await scoreAtOnce();
} else if (values.way === 'parts') {
  await scoreStepByStep();
} else {
  await measure();
}

/** Processor time of this process, with all its threads. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function scoreAtOnce() {
  const { Reranker } = await import('../../dist/index.js');
  const reranker = await Reranker.load(undefined, { backend: values.backend });
  const [{ logit }] = await reranker.score([PAIR]);
  // The clock counts from the start of the process.
  console.log(JSON.stringify({ logit, whole: { wall: performance.now(), cpu: cpuMs() } }));
}

async function scoreStepByStep() {
  const parts = {};
  let last = 0;
  let lastCpu = 0;
  const mark = (name) => {
    const now = performance.now();
    const cpu = cpuMs();
    parts[name] = { wall: now - last, cpu: cpu - lastCpu };
    last = now;
    lastCpu = cpu;
  };
  mark('Node starts');
  await import('../../dist/index.js');
  const { resolveModelFolder } = await import('../../dist/hub/resolve.js');
  const { readModelConfig, readTokenizer } = await import('../../dist/hub/read-model.js');
  const { loadLayers } = await import('../../dist/engine/load-layers.js');
  const { Model } = await import('../../dist/engine/model.js');
  const { startBackend } = await import('../../dist/kernels/backend.js');
  const { createKernels } = await import('../../dist/kernels/choose.js');
  const { createBatch } = await import('../../dist/batching/batch.js');
  mark('code is imported');
  const folder = await resolveModelFolder();
  const config = await readModelConfig(folder);
  mark('config.json');
  const tokenizer = await readTokenizer(folder);
  mark('tokenizer.json');
  await createKernels(await startBackend(values.backend), 'float32');
  mark('backend starts');
  const { classifier } = await loadLayers({
    ...{ folder, config, backend: values.backend, dtype: 'float32', samples: [], maxLength: 512 },
    differentiable: false,
  });
  const model = new Model({ info: { config }, classifier });
  mark('weights');
  const options = { maxLength: 512, truncation: 'longest_first' };
  const { inputIds } = tokenizer.encodePair(PAIR.query, PAIR.document, options);
  mark('pair to tokens');
  const [[logit]] = await model.run(createBatch([inputIds], config.padTokenId));
  mark('first forward pass');
  console.log(JSON.stringify({ logit, parts }));
}

async function measure() {
  const script = fileURLToPath(import.meta.url);
  const run = async (way) => {
    const args = [script, '--way', way, '--backend', values.backend];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return JSON.parse(stdout);
  };
  const whole = [];
  const stepwise = [];
  for (let round = -1; round < Number(values.rounds); round++) {
    const [a, b] = [await run('whole'), await run('parts')];
    if (a.logit !== b.logit) {
      throw new Error(`the score is ${a.logit} at once and ${b.logit} step by step`);
    }
    if (round >= 0) {
      whole.push(a); // round -1 only loads the files into the page cache
      stepwise.push(b);
    }
  }
  const { processor, memory_bytes } = await describeMachine();
  const of = (runs, pick) => runs.map(pick);
  const row = (name, times) => [
    name,
    median(times.map(({ wall }) => wall)).toFixed(0),
    `${Math.min(...times.map(({ wall }) => wall)).toFixed(0)}-${Math.max(...times.map(({ wall }) => wall)).toFixed(0)}`,
    median(times.map(({ cpu }) => cpu)).toFixed(0),
  ];
  const names = Object.keys(stepwise[0].parts);
  console.log(`# Cold start

From the start of a process to its first score: mini-en-zh, ${values.backend}, one pair of 14 tokens, files in the page
cache. ${values.rounds} rounds on ${processor.model}, ${processor.cores} cores, ${(memory_bytes / 1e9).toFixed(0)} GB, Node ${process.version}.

${table([
  ['', 'ms, median', 'fastest-slowest', 'processor ms'],
  row(
    '**the library: process start to first score**',
    of(whole, (run) => run.whole),
  ),
  ...names.map((name) =>
    row(
      name,
      of(stepwise, (run) => run.parts[name]),
    ),
  ),
])}

Processor: time of all threads, where other programs ran beside it the fairer figure. The parts are measured step by
step in processes of their own; at once, reading and parsing overlap where they can.`);
}
