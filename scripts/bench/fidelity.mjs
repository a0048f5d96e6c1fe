// How well each dtype keeps the rankings of float32: XQuAD, each query with 20 paragraphs from a search. See README.md.
//
//   node scripts/bench/fidelity.mjs --model weights/mini-en-zh --model .cache/base --python .cache/bench/venv/bin/python

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { kendallTau, topAgreement } from '../../dist/evaluation/ranking-metrics.js';
import { DTYPES } from '../../dist/kernels/names.js';
import { absoluteDifferences } from '../../dist/math/statistics.js';
import { startEngine } from './engine-process.mjs';
import { chooseEngines, exportModel, listEngines } from './engines.mjs';
import { describeMachine } from './machine.mjs';
import { table } from './markdown.mjs';
import { readXquad, spreadOver } from './xquad.mjs';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', multiple: true, default: ['weights/mini-en-zh'] },
    queries: { type: 'string', default: '40' }, // half English, half Chinese
    dtypes: { type: 'string', default: DTYPES.join(',') },
    xquad: { type: 'string', default: process.env.XQUAD ?? '' },
    work: { type: 'string', default: '.cache/bench' },
    python: { type: 'string', default: 'python3' },
    out: { type: 'string', default: 'scripts/bench' },
  },
});
const CANDIDATES = 20;
/** The compared engines, by the beginning of their names; the float32 of each family comes first. */
const FAMILIES = [
  ['ours node float32', ...options.dtypes.split(',').map((dtype) => `ours node ${dtype}`)],
  ['PyTorch float32', 'PyTorch bfloat16', 'PyTorch int8'],
  ['ONNX Runtime float32', 'ONNX Runtime int8'],
  ['OpenVINO float32', 'OpenVINO bfloat16', 'OpenVINO int8'],
];

const requests = ['en', 'zh'].flatMap((language) => {
  const { paragraphs, questions, search } = readXquad(options.xquad, language);
  return spreadOver(questions, Number(options.queries) / 2).map((query) =>
    search(query, CANDIDATES).map((i) => [query, paragraphs[i]]),
  );
});
await mkdir(options.work, { recursive: true });
const file = path.join(options.out, 'fidelity.json');
const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).models : [];
const models = new Map(before.map((entry) => [entry.model, entry])); // results of other models are kept
for (const folder of options.model) {
  const model = path.basename(folder);
  models.set(model, { model, queries: requests.length, results: await measure(path.resolve(folder)) });
}
const fidelity = {
  machine: await describeMachine(),
  candidates: CANDIDATES,
  models: [...models.values()],
};
writeFileSync(file, `${JSON.stringify(fidelity, undefined, 2)}\n`);
writeFileSync(path.join(options.out, 'fidelity.md'), describe(fidelity));

async function measure(model) {
  const engines = listEngines({
    model,
    exported: exportModel(model, path.resolve(options.work), options.python),
    threads: os.availableParallelism(),
    python: options.python,
    transformersJs: '',
    dtypes: options.dtypes.split(','),
  });
  const results = [];
  for (const [base, ...others] of FAMILIES) {
    const [reference] = await logitsOf(engines, base);
    for (const other of others.filter((name) => name !== base)) {
      try {
        const [logits, versions, engine] = await logitsOf(engines, other);
        results.push({ engine, reference: base, versions, ...compare(reference, logits) });
        console.error(JSON.stringify(results.at(-1)));
      } catch (error) {
        console.error(`${other} is left out: ${error.message}`); // a processor without bfloat16, for example
      }
    }
  }
  return results;
}

/** Logits by query. */
async function logitsOf(engines, beginning) {
  const [engine] = chooseEngines(engines, [beginning]);
  const running = await startEngine(engine);
  const logits = [];
  for (const request of requests) {
    logits.push((await running.ask({ requests: [request] })).logits);
  }
  await running.end();
  return [logits, running.loaded.versions, engine.name];
}

function compare(reference, logits) {
  const mean = (measure) =>
    reference.reduce((sum, of, i) => sum + measure(of, logits[i]), 0) / reference.length;
  const difference = absoluteDifferences(reference.flat(), logits.flat());
  return {
    kendall_tau: mean(kendallTau),
    top_1: mean((a, b) => topAgreement(a, b, 1)),
    top_3: mean((a, b) => topAgreement(a, b, 3)),
    max_difference: difference.max,
    mean_difference: difference.mean,
  };
}

function describe({ machine, candidates, models }) {
  const { model: name, flags } = machine.processor;
  const sections = models.map(({ model, queries, results }) => {
    const rows = results.map((row) => [
      row.engine,
      row.kendall_tau.toFixed(4),
      ...[row.top_1, row.top_3].map((share) => `${(100 * share).toFixed(1)} %`),
      row.max_difference.toPrecision(2),
      row.mean_difference.toPrecision(2),
    ]);
    const head = ['', 'Kendall tau', 'top 1', 'top 3', 'largest difference', 'mean difference'];
    return `## ${model}, ${queries} questions\n\n${table([head, ...rows])}`;
  });
  const versions = Object.entries(
    Object.assign({}, ...models.flatMap(({ results }) => results.map((r) => r.versions))),
  );
  return `# Fidelity of the dtypes

Made by scripts/bench/fidelity.mjs: XQuAD questions, half English, half Chinese, each with the ${candidates} paragraphs that BM25 finds in its language. Each engine against the float32 of its own family: Kendall's tau-b a query, mean; the share of its best 1 and 3 that are also the float32's; differences of logits.

${name}; ${flags.join(' ')}. ${versions.map((entry) => entry.join(' ')).join(', ')}.

${sections.join('\n\n')}
`;
}
