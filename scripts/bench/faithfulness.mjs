// Whether the words that an attribution names move the logit: deletion and insertion curves on XQuAD. See README.md.
//
//   node scripts/bench/faithfulness.mjs

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openModel } from '../../dist/engine/open.js';
import { ATTENTION_PROBS, PairAttention } from '../../dist/inspection/attention/attention.js';
import { attribute } from '../../dist/inspection/attribution/attribution.js';
import { labelLogits } from '../../dist/inspection/attribution/label-logits.js';
import { replacementId, takeOut } from '../../dist/inspection/attribution/occlusion.js';
import { findSegments } from '../../dist/inspection/attribution/segments.js';
import { trace } from '../../dist/inspection/trace/trace.js';
import { describeMachine } from './machine.mjs';
import { table } from './markdown.mjs';
import { spreadOver } from './xquad.mjs';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'weights/mini-en-zh' },
    pairs: { type: 'string', default: '24' }, // half English, half Chinese
    tokens: { type: 'string', default: '64' }, // most tokens of a passage
    backend: { type: 'string', default: 'node' },
    xquad: { type: 'string', default: process.env.XQUAD ?? '' },
    out: { type: 'string', default: 'scripts/bench' },
  },
});
/** The shares of the document's words that are deleted, or kept alone. */
const FRACTIONS = [0.05, 0.1, 0.2, 0.3, 0.5];
/** How words are removed for the curves: two ways, so that no method is favoured by its own way of removing them. */
const OPERATORS = ['delete', 'mask'];
const RANDOM_ORDERS = 2;
const RESAMPLES = 2000;
/** How the words are ordered: name, and options of attribute. */
const METHODS = [
  [
    'integrated gradients, document from `<pad>`',
    { method: 'integrated_gradients', baseline: 'document', steps: 32 },
  ],
  [
    'integrated gradients, pair from `<pad>`',
    { method: 'integrated_gradients', baseline: 'pair', steps: 32 },
  ],
  ['gradient x input', { method: 'gradient_x_input' }],
  ['occlusion, deleting', { method: 'occlusion', replacement: 'delete' }],
  ['occlusion, `<mask>`', { method: 'occlusion', replacement: 'mask' }],
];
/** Orders that do not depend on the logit, for comparison. */
const BASELINES = ['attention, last layer', 'attention rollout', 'random'];
const names = [...METHODS.map(([name]) => name), ...BASELINES];

// Gradients run on TensorFlow.js's own ops, everything else on the backend's kernels.
const differentiable = await openModel(options.model, {
  backend: options.backend,
  differentiable: true,
});
const model = await openModel(options.model, { backend: options.backend });
const pairs = ['en', 'zh'].flatMap(readPairs);
const measured = [];
for (const [i, pair] of pairs.entries()) {
  measured.push(await measure(pair));
  console.error(`${i + 1} of ${pairs.length} pairs`);
}
const faithfulness = {
  machine: await describeMachine(),
  model: path.basename(options.model),
  backend: model.info.backend.description,
  pairs: pairs.length,
  passage_tokens: Number(options.tokens),
  words: mean(measured.map(({ words }) => words)),
  fractions: FRACTIONS,
  operators: OPERATORS.map((operator) => ({
    operator,
    methods: names.map((name) => ({ method: name, ...summarize(measured, operator, name) })),
    ahead: names
      .filter((name) => !BASELINES.includes(name))
      .flatMap((name) =>
        BASELINES.map((other) => ({ method: name, of: other, ...lead(operator, name, other) })),
      ),
  })),
};
writeFileSync(
  path.join(options.out, 'faithfulness.json'),
  `${JSON.stringify(faithfulness, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value), 2)}\n`,
);
writeFileSync(path.join(options.out, 'faithfulness.md'), describe(faithfulness));
differentiable.dispose();
model.dispose();

/** Questions with the sentences around their answer. */
function readPairs(language) {
  const read = (name) =>
    readFileSync(path.join(options.xquad, `${name}_${language}.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const paragraphs = new Map(read('corpus').map(({ pid, text }) => [pid, text]));
  return spreadOver(read('questions'), Number(options.pairs) / 2).map(({ query, pid, answer }) => ({
    language,
    query,
    document: passageAround(paragraphs.get(pid), answer),
  }));
}

/** The sentence with the answer and as many of its neighbours as fit. */
function passageAround(paragraph, answer) {
  const sentences = [...new Intl.Segmenter('en', { granularity: 'sentence' }).segment(paragraph)];
  const at = paragraph.indexOf(answer);
  let from = sentences.findLastIndex(({ index }) => index <= at);
  let to = from + 1;
  const text = (start, end) =>
    sentences
      .slice(start, end)
      .map(({ segment }) => segment)
      .join('')
      .trim();
  const fits = (start, end) => model.tokenizer.encode(text(start, end)).length <= Number(options.tokens);
  for (let grown = true; grown; ) {
    grown = false;
    if (to < sentences.length && fits(from, to + 1)) {
      to += 1;
      grown = true;
    }
    if (from > 0 && fits(from - 1, to)) {
      from -= 1;
      grown = true;
    }
  }
  return text(from, to);
}

/** Curves by operator and method: the logit after each fraction, deleted or kept alone. */
async function measure({ language, ...texts }) {
  const placed = model.placeTokens(texts);
  const isOfDocument = ({ part }) => part === 'document';
  const allWords = findSegments(placed, texts, 'word');
  const words = allWords.filter(isOfDocument);
  const orders = [];
  const addOrder = (name, values) =>
    orders.push({ name, order: words.map((_, i) => i).sort((a, b) => values[b] - values[a] || a - b) });
  for (const [name, settings] of METHODS) {
    const needsGradients = ['integrated_gradients', 'gradient_x_input'].includes(settings.method);
    const { segments } = await attribute(needsGradients ? differentiable : model, texts, settings);
    addOrder(
      name,
      segments.filter(isOfDocument).map(({ value }) => value),
    );
  }
  const [traced] = await trace(model, [texts], { names: ATTENTION_PROBS });
  const attention = new PairAttention(traced);
  const ofFirstToken = ({ data }) =>
    words.map(({ tokens }) => tokens.reduce((sum, token) => sum + data[token], 0));
  addOrder('attention, last layer', ofFirstToken(attention.meanOfHeads(attention.layers - 1)));
  addOrder('attention rollout', ofFirstToken(attention.rollout().at(-1)));
  for (let seed = 1; seed <= RANDOM_ORDERS; seed += 1) {
    const values = allWords.map(createRandom(seed));
    addOrder(
      'random',
      values.filter((_, i) => isOfDocument(allWords[i])),
    );
  }
  const result = { language, words: words.length };
  for (const operator of OPERATORS) {
    const id = replacementId(model, operator);
    const without = (indices) =>
      takeOut(
        placed.inputIds,
        indices.flatMap((i) => words[i].tokens),
        id,
      );
    const counts = FRACTIONS.map((fraction) => Math.ceil(fraction * words.length));
    const sequences = orders.flatMap(({ order }) =>
      counts.flatMap((count) => [without(order.slice(0, count)), without(order.slice(count))]),
    );
    const all = await labelLogits(model, [placed.inputIds, without([...words.keys()]), ...sequences], 0);
    const [full, empty, ...logits] = all;
    const curveOf = (i) => logits.slice(2 * i * counts.length, 2 * (i + 1) * counts.length);
    result[operator] = Object.fromEntries(
      names.map((name) => {
        const runs = orders.flatMap((order, i) => (order.name === name ? [curveOf(i)] : []));
        const at = (offset, value) =>
          counts.map((_, k) => mean(runs.map((curve) => value(curve[2 * k + offset]))));
        return [
          name,
          { deletion: at(0, (logit) => full - logit), insertion: at(1, (logit) => logit - empty) },
        ];
      }),
    );
  }
  return result;
}

/** Numbers in [0, 1), always the same for a seed: mulberry32, Ettinger 2017. */
function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The mean, with the interval of 95 % of resamples of the pairs. */
function bootstrap(values) {
  const random = createRandom(1);
  const means = Array.from({ length: RESAMPLES }, () =>
    mean(values.map(() => values[Math.floor(random() * values.length)])),
  ).sort((a, b) => a - b);
  return {
    mean: mean(values),
    low: means[Math.floor(0.025 * RESAMPLES)],
    high: means[Math.ceil(0.975 * RESAMPLES) - 1],
  };
}

function summarize(results, operator, name) {
  const of = (rows) =>
    Object.fromEntries(
      ['deletion', 'insertion'].map((kind) => {
        const curves = rows.map((row) => row[operator][name][kind]);
        return [
          kind,
          { ...bootstrap(curves.map(mean)), curve: FRACTIONS.map((_, k) => mean(curves.map((c) => c[k]))) },
        ];
      }),
    );
  const byLanguage = (language) => of(results.filter((row) => row.language === language));
  return { all: of(results), en: byLanguage('en'), zh: byLanguage('zh') };
}

/** By how much one method moves the logit more than another, pair by pair. */
function lead(operator, name, other) {
  const difference = (kind) =>
    bootstrap(measured.map((row) => mean(row[operator][name][kind]) - mean(row[operator][other][kind])));
  return { deletion: difference('deletion'), insertion: difference('insertion') };
}

function describe({ machine, model: name, backend, pairs: count, passage_tokens, words, operators }) {
  const interval = ({ mean: middle, low, high }) =>
    `${middle.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  const sections = operators.map(({ operator, methods, ahead }) => {
    const rows = methods.map(({ method, all, en, zh }) => [
      method,
      interval(all.deletion),
      interval(all.insertion),
      en.deletion.mean.toFixed(2),
      en.insertion.mean.toFixed(2),
      zh.deletion.mean.toFixed(2),
      zh.insertion.mean.toFixed(2),
    ]);
    const head = [
      '',
      'deletion',
      'insertion',
      'en, deletion',
      'en, insertion',
      'zh, deletion',
      'zh, insertion',
    ];
    const leads = ahead.map(({ method, of, deletion, insertion }) => [
      `${method} - ${of}`,
      interval(deletion),
      interval(insertion),
    ]);
    const curves = methods.map(({ method, all }) => [
      method,
      ...all.deletion.curve.map((drop) => drop.toFixed(2)),
    ]);
    return [
      operator === 'delete' ? '## Words deleted' : '## Words replaced by `<mask>`',
      table([head, ...rows]),
      'Pair by pair, one method less another:',
      table([['', 'deletion', 'insertion'], ...leads]),
      'What the logit loses at each fraction:',
      table([['', ...FRACTIONS.map((fraction) => `${100 * fraction} %`)], ...curves]),
    ].join('\n\n');
  });
  return `# Faithfulness of the attributions

Made by scripts/bench/faithfulness.mjs with ${name}: ${count} XQuAD questions, half English, half Chinese, each with the sentences around its answer (at most ${passage_tokens} tokens, ${words.toFixed(0)} words and marks in the mean). Each method orders the document's words. Deletion: what the logit loses when the first ${FRACTIONS.map((fraction) => 100 * fraction).join(', ')} % of them are taken out, mean over these; insertion: what it gains over the empty document when they alone are there. More is better in both; in logits, with the interval of ${RESAMPLES} bootstrap resamples of the pairs (95 %). Random: ${RANDOM_ORDERS} orders a pair.

${machine.processor.model}; ${backend}.

${sections.join('\n\n')}
`;
}
