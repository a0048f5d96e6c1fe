// The server under load: `serve` with the embedded model, autocannon on the same machine, and the library on the same
// documents before and after.
//
//   npm install --prefix .cache/bench --ignore-scripts autocannon@8
//   npm run build && node scripts/bench/serve-load.mjs --out scripts/bench/serve-load.json
//   node scripts/bench/serve-load.mjs --requests 10000 --documents 1 --model tiny --out scripts/bench/serve-load.json
//
// The first run writes two parts, `load` (the queue is never full) and `full` (it is full, so there are 429s), the
// second one `memory`. A file for people, with the same name, is written beside the JSON file.

import { fork } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Reranker } from '../../dist/index.js';
import { describeMachine } from './machine.mjs';
import { describeLoad } from './serve-report.mjs';
import { startServer, writeTinyModel } from './served.mjs';

const number = (value) => ({ type: 'string', default: String(value) });
const { values } = parseArgs({
  options: {
    seconds: number(60),
    'library-seconds': number(10),
    connections: number(64),
    documents: number(20),
    'full-queue-tokens': number(20_000),
    requests: { type: 'string' },
    model: { type: 'string' },
    backend: { type: 'string', default: 'auto' },
    autocannon: { type: 'string', default: '.cache/bench' },
    out: { type: 'string' },
    library: { type: 'boolean', default: false },
  },
});
const [connections, documents] = [Number(values.connections), Number(values.documents)];
/** Number of different bodies, used in turn. */
const BODIES = 256;
const WARM_SECONDS = 5;
/** Heap limit of each process of the server, when memory is measured. */
const HEAP_MEGABYTES = 64;
const WORDS_A_DOCUMENT = 13;

const say = (text) => console.error(`${performance.now().toFixed(0)} ms: ${text}`);

/** Requests of real English text: each document is a stretch of the licence's words. */
const words = readFileSync(new URL('../../LICENSE', import.meta.url), 'utf8').match(/[\w.,()"-]+/g);
const stretch = (start, length) =>
  Array.from({ length }, (_, i) => words[(start + i) % words.length]).join(' ');
const requests = Array.from({ length: BODIES }, (_, i) => ({
  query: stretch(i * 31, 3),
  documents: Array.from({ length: documents }, (_, d) => stretch((i * documents + d) * 11, WORDS_A_DOCUMENT)),
}));

/** Documents a second of the library: the documents of all connections in one call, repeated. */
async function measureLibrary(seconds) {
  const reranker = await Reranker.load(values.model, { backend: values.backend });
  const calls = [];
  for (let i = 0; i < BODIES; i += connections) {
    calls.push(
      requests
        .slice(i, i + connections)
        .flatMap(({ query, documents }) => documents.map((document) => ({ query, document }))),
    );
  }
  const run = async (limit) => {
    const startedAt = performance.now();
    let [done, tokens, elapsed] = [0, 0, 0];
    for (let i = 0; elapsed < limit; i++) {
      const scores = await reranker.score(calls[i % calls.length]);
      done += scores.length;
      tokens += scores.reduce((sum, { usage }) => sum + usage.tokens, 0);
      elapsed = (performance.now() - startedAt) / 1000;
    }
    return { documents: done, documents_per_second: done / elapsed, tokens_per_second: tokens / elapsed };
  };
  await run(Math.min(2, seconds));
  const before = process.cpuUsage();
  const result = await run(seconds);
  const { user, system } = process.cpuUsage(before);
  reranker.dispose();
  return { ...result, processor_ms_per_document: (user + system) / 1e3 / result.documents };
}

/** The same in a process of its own, which has ended before the server is measured. */
function runLibrary() {
  const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), '--library']);
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`The library's process ended with ${code}.`)));
  });
}

/** Sends requests for a time or up to a number. @returns statuses, and milliseconds of the accepted requests. */
function shoot(url, limit) {
  const autocannon = createRequire(path.resolve(values.autocannon, 'package.json'))('autocannon');
  const statuses = {};
  const accepted = [];
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const instance = autocannon(
      {
        url,
        connections,
        timeout: 300,
        ...limit,
        requests: requests.map((body) => ({
          method: 'POST',
          path: '/v1/rerank',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })),
      },
      (error, { errors, timeouts } = {}) =>
        error ? reject(error) : resolve({ statuses, accepted, errors, timeouts, seconds: elapsed() }),
    );
    const elapsed = () => (performance.now() - startedAt) / 1000;
    instance.on('response', (_client, status, _bytes, ms) => {
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 200) {
        accepted.push(ms);
      }
    });
  });
}

async function measureServer(forSeconds, maxQueueTokens) {
  const server = await startServer([
    '--backend',
    values.backend,
    ...(values.model === undefined ? [] : ['--model', values.model]),
    ...(maxQueueTokens === undefined ? [] : ['--max-queue-tokens', String(maxQueueTokens)]),
  ]);
  say('the server is up');
  await shoot(server.url, { duration: WARM_SECONDS });
  say('it is warm');
  const before = {
    ...server.processorSeconds(),
    client: process.cpuUsage(),
    metrics: await server.metrics(),
  };
  const { statuses, accepted, errors, timeouts, seconds } = await shoot(server.url, {
    duration: forSeconds,
  });
  const [after, metrics] = [server.processorSeconds(), await server.metrics()];
  const { user, system } = process.cpuUsage(before.client);
  const { limits } = await (await fetch(`${server.url}/info`)).json();
  say('measured');
  const exitCode = await server.stop();
  say('ended');
  const grown = (name) => metrics[`rerank_${name}`] - before.metrics[`rerank_${name}`];
  const batchSeconds = grown('inference_seconds_sum') / grown('inference_seconds_count');
  const tokensPerSecond = grown('tokens_total') / seconds;
  accepted.sort((a, b) => a - b);
  const percentile = (share) => accepted[Math.min(Math.ceil(share * accepted.length), accepted.length) - 1];
  const used = {
    model: after.model - before.model,
    server: after.server - before.server,
    client: (user + system) / 1e6,
  };
  const each = (of) => Object.fromEntries(Object.entries(used).map(([name, value]) => [name, of(value)]));
  return {
    backend: server.backend,
    connections,
    documents,
    seconds,
    statuses,
    errors,
    timeouts,
    requests_per_second: accepted.length / seconds,
    documents_per_second: (accepted.length * documents) / seconds,
    tokens_per_second: tokensPerSecond,
    tokens_per_document: grown('tokens_total') / grown('documents_total'),
    milliseconds: { p50: percentile(0.5), p99: percentile(0.99), max: accepted.at(-1) },
    max_queue_tokens: limits.maxQueueTokens,
    batch_milliseconds: 1000 * batchSeconds,
    bound_milliseconds: 1000 * (limits.maxQueueTokens / tokensPerSecond + 2 * batchSeconds),
    processor_share: each((value) => value / seconds / os.cpus().length),
    processor_ms_per_document: each((value) => (1000 * value) / (accepted.length * documents)),
    exit_code: exitCode,
  };
}

/** Memory after 1,000 requests and after each quarter of the rest. */
async function measureMemory(total) {
  const folder = values.model === 'tiny' ? writeTinyModel() : undefined;
  const model = folder ?? values.model;
  const server = await startServer(
    ['--backend', values.backend, ...(model === undefined ? [] : ['--model', model])],
    HEAP_MEGABYTES,
  );
  const statuses = {};
  const samples = [];
  const steps = [1000, ...Array(4).fill(Math.round((total - 1000) / 4))];
  for (const amount of steps) {
    for (const [status, count] of Object.entries((await shoot(server.url, { amount })).statuses)) {
      statuses[status] = (statuses[status] ?? 0) + count;
    }
    const metrics = await server.metrics();
    samples.push({
      requests: metrics.rerank_batch_sequences_sum / documents,
      server_rss_bytes: metrics.process_resident_memory_bytes,
      server_heap_bytes: metrics.nodejs_heap_size_used_bytes,
      model_rss_bytes: metrics.rerank_model_resident_bytes,
      tensors: metrics.rerank_tensors,
    });
  }
  await server.stop();
  if (folder !== undefined) {
    rmSync(folder, { recursive: true });
  }
  return {
    backend: server.backend,
    model: values.model ?? 'embedded',
    heap_megabytes: HEAP_MEGABYTES,
    connections,
    documents,
    statuses,
    samples,
  };
}

if (values.library) {
  process.send(await measureLibrary(Number(values['library-seconds'])));
  process.disconnect();
} else {
  const parts = {};
  if (values.requests === undefined) {
    say('the library');
    const before = await runLibrary();
    say(`${before.documents_per_second.toFixed(0)} documents a second`);
    const load = await measureServer(Number(values.seconds));
    const full = await measureServer(Number(values.seconds) / 3, Number(values['full-queue-tokens']));
    const after = await runLibrary();
    Object.assign(parts, { load, full, library: { before, after } });
  } else {
    parts.memory = await measureMemory(Number(values.requests));
  }
  const known =
    values.out !== undefined && existsSync(values.out) ? JSON.parse(readFileSync(values.out, 'utf8')) : {};
  const report = { ...known, machine: await describeMachine(), node: process.version, ...parts };
  const text = describeLoad(report);
  console.log(text);
  if (values.out !== undefined) {
    writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(values.out.replace(/\.json$/, '.md'), text);
  }
}
