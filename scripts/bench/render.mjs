// Figures of compare.mjs -> compare.md and compare.svg:  node render.mjs [--out FOLDER] FILE.json...

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { drawChart } from './chart.mjs';
import { describeComparison } from './markdown.mjs';

const { values, positionals } = parseArgs({
  options: { out: { type: 'string', default: 'scripts/bench' } },
  allowPositionals: true,
});
const comparisons = positionals.map((file) => JSON.parse(readFileSync(file, 'utf8')));
const head = `# Beside other engines

Made by scripts/bench/compare.mjs and render.mjs ([how](README.md)): the same documents for all, the engines in turn round by round. PyTorch, ONNX Runtime and OpenVINO in batches of 32, sorted by length where it does not say otherwise (transformers.js: by characters); FlagReranker and CrossEncoder as their users call them, in float32.

![Documents a second by engine](compare.svg)`;
writeFileSync(
  path.join(values.out, 'compare.md'),
  `${[head, ...comparisons.map(describeComparison)].join('\n\n')}\n`,
);
writeFileSync(path.join(values.out, 'compare.svg'), drawChart(comparisons));
