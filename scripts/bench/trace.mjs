// The cost of tracing: traces compared with the plain forward pass, one pair of 128 tokens, in turn.
//
//   npm run build && node scripts/bench/trace.mjs > scripts/bench/trace.md
//
// Options: rounds, backends (comma-separated), model folder, in this order; a process for each backend.

import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { openModel } from '../../dist/engine/open.js';
import { selectActivations } from '../../dist/inspection/trace/activation-globs.js';
import { resolveHooks } from '../../dist/inspection/trace/hooks.js';
import { traceSequences } from '../../dist/inspection/trace/trace.js';

const TOKENS = 128;
const [rounds = '31', backends = 'wasm,node', folder, backend] = process.argv.slice(2);

if (backend === undefined) {
  console.log('# What looking costs\n');
  console.log(
    `One pair of ${TOKENS} tokens, ${rounds} rounds, the ways in turn, there and back; ratios are taken round by round. ` +
      `${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.version}. Made by scripts/bench/trace.mjs.\n`,
  );
  for (const each of backends.split(',')) {
    const args = [fileURLToPath(import.meta.url), rounds, backends, folder ?? '', each];
    const env = { TF_CPP_MIN_LOG_LEVEL: '2', ...process.env };
    execFileSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  }
  process.exit();
}

const model = await openModel(folder || undefined, { backend });
const { inputIds } = model.placeTokens({
  query: 'what is panda?',
  document: 'The giant panda is a bear. '.repeat(60),
});
const sequence = {
  inputIds: inputIds.slice(0, TOKENS),
  tokens: [],
  hooks: resolveHooks([], model.config),
};
const batch = { inputIds: sequence.inputIds, lengths: Int32Array.of(TOKENS), seq: TOKENS };

async function trace(...names) {
  let bytes = 0;
  for await (const { activations } of traceSequences(
    model,
    [sequence],
    selectActivations(names, model.config),
  )) {
    for (const { data } of activations.values()) {
      bytes += data.byteLength;
    }
  }
  return bytes;
}
async function plain() {
  const logits = model.classifier.forward(batch);
  await logits.data();
  logits.dispose();
  return 0;
}

const WAYS = {
  'plain forward': plain,
  'plain forward, again': plain,
  'trace of nothing': () => trace(),
  'attention probabilities': () => trace('encoder.layer.*.attention.self.probs'),
  'output of each layer': () => trace('encoder.layer.*.output.LayerNorm'),
  'all activations': () => trace('**'),
};
const times = Object.fromEntries(Object.keys(WAYS).map((name) => [name, []]));
const sizes = {};
for (let round = -3; round < Number(rounds); round++) {
  const order = Object.entries(WAYS);
  for (const [name, way] of round % 2 === 0 ? order : order.reverse()) {
    const start = performance.now();
    sizes[name] = await way();
    if (round >= 0) {
      times[name].push(performance.now() - start);
    }
  }
}
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const reference = times['plain forward'];
console.log(`## ${model.info.model} on ${backend}\n`);
console.log(
  '| | ms, median | times the plain forward: median (smallest) | MB brought to the host |\n|---|---|---|---|',
);
for (const [name, values] of Object.entries(times)) {
  const ratios = values.map((value, i) => value / reference[i]);
  console.log(
    `| ${name} | ${median(values).toFixed(1)} | ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}) | ${(sizes[name] / 1e6).toFixed(1)} |`,
  );
}
console.log('');
model.dispose();
