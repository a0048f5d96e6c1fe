// What looking costs: the plain forward pass beside traces of it, one pair of 128 tokens, the ways in turn.
//
//   npm run build && node scripts/bench/trace.mjs wasm && node scripts/bench/trace.mjs node

import os from 'node:os';
import { resolveHooks } from '../../dist/inspection/hooks.js';
import { selectActivations } from '../../dist/inspection/activation-globs.js';
import { traceSequences } from '../../dist/inspection/trace.js';
import { OpenModel } from '../../dist/reranker/open-model.js';

const [backend = 'wasm', rounds = '21', folder] = process.argv.slice(2);
const TOKENS = 128;

process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
const model = await OpenModel.load(folder, { backend });
const { inputIds } = model.explain({ query: 'what is panda?', document: 'The giant panda is a bear. '.repeat(60) });
const { tokens } = model.explain({ query: '', document: '' });
const sequence = { inputIds: inputIds.slice(0, TOKENS), tokens, hooks: resolveHooks([], model.config) };
const batch = { inputIds: sequence.inputIds, lengths: Int32Array.of(TOKENS), seq: TOKENS };

async function trace(...names) {
  let bytes = 0;
  for await (const { activations } of traceSequences(model, [sequence], selectActivations(names, model.config))) {
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
console.log(
  `${model.info.model} on ${backend}, ${TOKENS} tokens, ${rounds} rounds; ${os.cpus()[0].model}, ${os.cpus().length} cores\n`,
);
console.log('| | ms, median | times the plain forward, round by round | MB |\n|---|---|---|---|');
for (const [name, values] of Object.entries(times)) {
  const ratio = median(values.map((value, i) => value / reference[i]));
  console.log(`| ${name} | ${median(values).toFixed(1)} | ${ratio.toFixed(2)} | ${(sizes[name] / 1e6).toFixed(1)} |`);
}
model.dispose();
