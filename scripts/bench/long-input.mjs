// Long inputs: seconds and memory of one forward pass over one sequence of 512 to 8,192 tokens, with attention in
// blocks of queries and without blocks; and the effect of the size of the blocks.
//
//   npm run build && node scripts/bench/long-input.mjs [--models mini,v2-m3] [--backends node,wasm] [--longest 8192]
//     [--out scripts/bench/long-input.md] [--work FOLDER]
//
// Random weights, with the sizes of mini-en-zh and of bge-reranker-v2-m3. Every figure is from a process of its own.
// Memory is its peak resident size (VmHWM) after the pass, minus its size when the model was loaded.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createBatch } from '../../dist/batching/batch.js';
import { readModelConfig } from '../../dist/hub/read-model.js';
import { startBackend } from '../../dist/kernels/backend.js';
import { createKernels } from '../../dist/kernels/choose.js';
import { MAX_SCORES } from '../../dist/kernels/query-blocks.js';
import { SequenceClassifier } from '../../dist/model/sequence-classifier.js';
import { openCheckpoint } from '../../dist/weights/checkpoint.js';
import { describeMachine } from './machine.mjs';
import { table } from './markdown.mjs';
import { writeRandomModel } from './random-model.mjs';

const MODELS = {
  mini: { layers: 12, hidden: 384, heads: 12, intermediate: 1536, positions: 8194 },
  'v2-m3': { layers: 24, hidden: 1024, heads: 16, intermediate: 4096, positions: 8194 },
};
const LENGTHS = [512, 1024, 2048, 4096, 8192];
/** Longer sequences without blocks would need too much memory. */
const LONGEST_AT_ONCE = 4096;
/** Limits of the scores at once, as powers of two. */
const BUDGETS = [18, 20, 22, 24, 26];
const BUDGET_TOKENS = 4096;

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: 'mini' },
    backends: { type: 'string', default: 'node,wasm' },
    longest: { type: 'string', default: '8192' },
    out: { type: 'string', default: fileURLToPath(new URL('long-input.md', import.meta.url)) },
    work: { type: 'string', default: path.join(tmpdir(), 'tfjs-reranker-long-input') },
    run: { type: 'string' },
  },
});
await (values.run === undefined ? measure() : pass(JSON.parse(values.run)));

/** Peak and present resident bytes of this process. */
function residentBytes() {
  const status = readFileSync('/proc/self/status', 'utf8');
  const of = (name) => 1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]);
  return { peak: of('VmHWM'), now: of('VmRSS') };
}

async function pass({ folder, backend, tokens, maxScores }) {
  const kernels = await createKernels(await startBackend(backend), 'float32');
  const checkpoint = await openCheckpoint(folder);
  const config = await readModelConfig(folder);
  const scores = maxScores === null ? Number.POSITIVE_INFINITY : maxScores;
  const classifier = await SequenceClassifier.load(checkpoint, config, {
    kernels: { ...kernels, attention: (projected, shape) => kernels.attention(projected, shape, scores) },
  });
  await checkpoint.close();
  const forward = async (length) => {
    const ids = [0, ...Array.from({ length: length - 2 }, (_, i) => 5 + ((i * 7919) % 20_000)), 2];
    const logits = classifier.forward(createBatch([ids], config.padTokenId));
    const [logit] = await logits.data();
    logits.dispose();
    return logit;
  };
  await forward(64); // the first pass prepares code and weights
  const loaded = residentBytes();
  const start = performance.now();
  const logit = await forward(tokens);
  const seconds = (performance.now() - start) / 1000;
  const { peak } = residentBytes();
  console.log(JSON.stringify({ seconds, logit, loaded: loaded.now, peak, hidden: peak <= loaded.peak }));
}

async function runAlone(run) {
  const args = [fileURLToPath(import.meta.url), '--run', JSON.stringify(run)];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
    });
    return JSON.parse(stdout);
  } catch (error) {
    return {
      error: String(error.stderr ?? error.message)
        .trim()
        .split('\n')
        .at(-1),
    };
  }
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(0);
}

/** Memory of the pass beyond the loaded model. Less than the peak during loading cannot be measured. */
function memory({ error, peak, loaded, hidden }) {
  return error ? 'failed' : `${hidden ? '< ' : ''}${megabytes(peak - loaded)}`;
}

function seconds({ error, seconds: taken }) {
  return error ? 'failed' : taken.toFixed(2);
}

async function measure() {
  const sections = [];
  for (const name of values.models.split(',')) {
    const folder = path.join(values.work, name);
    if (!existsSync(path.join(folder, 'model.safetensors'))) {
      await writeRandomModel(folder, MODELS[name]);
    }
    for (const backend of values.backends.split(',')) {
      sections.push(await curve(name, folder, backend));
    }
  }
  const { processor, memory_bytes } = await describeMachine();
  const text = `# Long input

One sequence, random weights, float32; every figure from a process of its own. Memory is what the pass took beyond the
loaded model, at its peak. Blocks: attention in blocks of queries, at most 2^${Math.log2(MAX_SCORES)} scores at once.
${processor.model}, ${(memory_bytes / 1e9).toFixed(0)} GB, Node ${process.version}.

${sections.join('\n\n')}
`;
  await writeFile(values.out, text);
  await rm(values.work, { recursive: true });
}

async function curve(name, folder, backend) {
  const { layers, hidden, heads } = MODELS[name];
  const rows = [];
  for (const tokens of LENGTHS.filter((length) => length <= Number(values.longest))) {
    const blocks = await runAlone({ folder, backend, tokens, maxScores: MAX_SCORES });
    const whole =
      tokens <= LONGEST_AT_ONCE ? await runAlone({ folder, backend, tokens, maxScores: null }) : undefined;
    const apart = whole && !whole.error && !blocks.error ? Math.abs(whole.logit - blocks.logit) : undefined;
    rows.push([
      tokens,
      seconds(blocks),
      memory(blocks),
      whole ? seconds(whole) : '',
      whole ? memory(whole) : '',
      apart === undefined ? '' : apart.toExponential(0),
    ]);
    console.error(name, backend, ...rows.at(-1), blocks.error ?? '', whole?.error ?? '');
  }
  const budgets = [];
  if (Number(values.longest) >= BUDGET_TOKENS && name === 'mini') {
    for (const power of BUDGETS) {
      const run = await runAlone({ folder, backend, tokens: BUDGET_TOKENS, maxScores: 2 ** power });
      budgets.push([`2^${power}`, seconds(run), memory(run)]);
      console.error(name, backend, ...budgets.at(-1), run.error ?? '');
    }
  }
  const head = ['tokens', 'blocks: s', 'MB', 'all at once: s', 'MB', 'logit apart by'];
  return [
    `## ${name} on ${backend}: ${layers} layers, hidden ${hidden}, ${heads} heads`,
    table([head, ...rows]),
    ...(budgets.length > 0
      ? [`Scores at once, ${BUDGET_TOKENS} tokens:`, table([['budget', 's', 'MB'], ...budgets])]
      : []),
  ].join('\n\n');
}
