// Compares the library with other engines on the same documents, one engine after the other. See README.md.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readModelConfig, readTokenizer } from '../../dist/hub/read-model.js';
import { DTYPES } from '../../dist/kernels/names.js';
import { absoluteDifferences } from '../../dist/math/statistics.js';
import { startEngine } from './engine-process.mjs';
import { chooseEngines, exportModel, listEngines } from './engines.mjs';
import { describeMachine } from './machine.mjs';
import { summarize } from './summary.mjs';
import { createWorkload, thin, WORKLOADS } from './workloads.mjs';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'weights/mini-en-zh' },
    rounds: { type: 'string', default: '5' },
    workloads: { type: 'string', default: WORKLOADS.join(',') },
    engines: { type: 'string' }, // beginnings of names, comma-separated; default all
    dtypes: { type: 'string', default: DTYPES.join(',') }, // of this library on node
    queries: { type: 'string', default: '1' }, // in xquad, of 100 documents each
    thin: { type: 'string', default: '1' }, // divides the number of documents, for a quick run
    xquad: { type: 'string', default: process.env.XQUAD ?? '' },
    work: { type: 'string', default: '.cache/bench' },
    python: { type: 'string', default: 'python3' },
    'transformers-js': { type: 'string', default: '.cache/bench' },
    out: { type: 'string', default: 'compare.json' },
  },
});
const MATMUL = 2048;
const WARM_UP = 4; // a quarter of each workload
const model = path.resolve(options.model);
const threads = os.availableParallelism();

await mkdir(options.work, { recursive: true });
const exported = exportModel(model, path.resolve(options.work), options.python);
const engines = chooseEngines(
  listEngines({
    model,
    exported,
    threads,
    python: options.python,
    transformersJs: options['transformers-js'],
    dtypes: options.dtypes.split(','),
  }),
  options.engines?.split(','),
);
const config = await readModelConfig(model);
const tokenizer = await readTokenizer(model);
const isLarge = config.hiddenSize >= 768;
const workloads = options.workloads.split(',').map((name) => {
  const whole = createWorkload(name, {
    xquad: options.xquad,
    tokenizer,
    isLarge,
    queries: Number(options.queries),
  });
  return thin(whole, Number(options.thin), tokenizer);
});
const golden = readGolden();
const modelBytes = statSync(path.join(exported, 'model.safetensors')).size;
/** All processes stay alive if their models fit into memory; otherwise each is restarted for its turn. */
const keep = modelBytes * engines.length * 2 < os.freemem();

/** The measurements of each engine; see summary.mjs. */
const records = new Map(
  engines.map(({ name, ours = false, dtype, thin: times = 1 }) => [
    name,
    { name, ours, dtype, documents: times === 1 ? 'all' : `1 in ${times}`, load: [], runs: {}, matmul: [] },
  ]),
);
const alive = new Map();

for (let round = 0; round < Number(options.rounds); round++) {
  // The order alternates, so that no engine always follows the same one.
  for (const engine of round % 2 === 0 ? engines : [...engines].reverse()) {
    const record = records.get(engine.name);
    if (record.error === undefined) {
      await takeTurn(engine, record).catch((error) => {
        record.error = error.message;
        alive.delete(engine.name);
      });
      console.error(`round ${round + 1}  ${describeTurn(record)}`);
    }
  }
  await writeResults(round + 1); // so that an interrupted run keeps its complete rounds
}
await Promise.all([...alive.values()].map((running) => running.end()));

async function writeResults(rounds) {
  const results = {
    model: path.basename(model),
    machine: { ...(await describeMachine()), threads },
    rounds,
    restarted_each_round: !keep,
    workloads: workloads.map(({ name, requests, pairs, tokens }) => ({
      name,
      calls: requests.length,
      pairs,
      tokens,
    })),
    results: [...records.values()].map((record) => summarize(record, { config, threads })),
  };
  writeFileSync(options.out, `${JSON.stringify(results, undefined, 2)}\n`);
}

async function takeTurn(engine, record) {
  const running = alive.get(engine.name) ?? (await start(engine, record));
  for (const workload of workloads) {
    const { name, requests, pairs, tokens } = shareOf(workload, engine);
    const { seconds, cpu_seconds, peak_rss_bytes } = await running.ask({ requests });
    record.runs[name] = [...(record.runs[name] ?? []), { seconds, cpu_seconds, pairs, tokens }];
    record.peak_rss_bytes = Math.max(record.peak_rss_bytes ?? 0, peak_rss_bytes);
  }
  if (engine.name.startsWith('ours node')) {
    const { flops_per_second } = await running.ask({ matmul: MATMUL });
    record.matmul.push(...(flops_per_second === undefined ? [] : [flops_per_second]));
  }
  keep ? alive.set(engine.name, running) : await running.end();
}

/** Starts an engine, checks its logits once and warms it up. */
async function start(engine, record) {
  const running = await startEngine(engine);
  const { versions, ...load } = running.loaded;
  record.versions = versions;
  record.load.push(load);
  if (golden !== undefined && record.golden_difference === undefined) {
    const { logits } = await running.ask({
      requests: [golden.map(({ query, document }) => [query, document])],
    });
    const expected = golden.map(({ logit_float64 }) => logit_float64);
    record.golden_difference = absoluteDifferences(logits, expected);
  }
  for (const workload of workloads) {
    await running.ask({ requests: thin(shareOf(workload, engine), WARM_UP, tokenizer).requests });
  }
  return running;
}

function shareOf(workload, { thin: times = 1 }) {
  return times === 1 ? workload : thin(workload, times, tokenizer);
}

/** Ordinary pairs of the model's golden, because tokenizers disagree about empty texts and emoji. */
function readGolden() {
  const file = ['golden.json', 'reference.json'].map((name) => path.join(model, name)).find(existsSync);
  const pairs = file && JSON.parse(readFileSync(file, 'utf8')).pairs;
  const isOrdinary = (text) => /\p{L}{2}/u.test(text) && !/\p{Extended_Pictographic}/u.test(text);
  return pairs
    ?.filter((pair) => pair.input_ids.length <= 64 && isOrdinary(pair.query) && isOrdinary(pair.document))
    .slice(0, 8);
}

function describeTurn({ name, error, runs }) {
  const rates = Object.entries(runs).map(([workload, list]) => {
    const { pairs, seconds } = list.at(-1);
    return `${workload} ${(pairs / seconds).toFixed(1)}`;
  });
  return `${name.padEnd(30)} ${error ?? rates.join('  ')}`;
}
