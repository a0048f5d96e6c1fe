// Speed of the tokenizer: ours, @huggingface/tokenizers and Python's tokenizers on the same texts, in turn.
//
//   npm run build && node scripts/bench/tokenize.mjs --texts $TEST_DATA/data/xquad/corpus_en.jsonl \
//     --texts $TEST_DATA/data/xquad/corpus_zh.jsonl --model weights/mini-en-zh \
//     [--model FOLDER] [--python PYTHON] [--before DIST] > scripts/bench/tokenize.md
//
// --texts (JSONL with "text" or "query") and --model (a folder with tokenizer.json) can be repeated. --python is an
// interpreter that has `tokenizers`; --before the build of another version of this project.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Tokenizer } from '@huggingface/tokenizers';
import { openModel } from '../../dist/engine/open.js';

const ROUNDS = 7;
const SCORED_PAIRS = 48;
const { values: options } = parseArgs({
  options: {
    texts: { type: 'string', multiple: true, default: [] },
    model: { type: 'string', multiple: true, default: [] },
    python: { type: 'string' },
    before: { type: 'string' },
  },
});

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const sets = options.texts.map((file) => {
  const rows = readFileSync(file, 'utf8').trim().split('\n');
  const texts = rows.map((row) => JSON.parse(row)).map(({ text, query }) => text ?? query);
  return { file, name: path.basename(file, '.jsonl'), texts, bytes: Buffer.byteLength(texts.join('')) };
});

/** Processor milliseconds of this process so far; unlike wall time, they do not include the work of others. */
function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/** Loads, then reads every set twice; milliseconds. The tokenizer is new, so at first it has no cached words. */
function measure(load) {
  const started = processorMs();
  const encode = load();
  const loaded = processorMs() - started;
  const read = (texts) => {
    const start = processorMs();
    for (const text of texts) encode(text);
    return processorMs() - start;
  };
  return {
    load: loaded,
    first: sets.map(({ texts }) => read(texts)),
    again: sets.map(({ texts }) => read(texts)),
  };
}

const PYTHON = `
import json, sys, time
import tokenizers
folder, *files = sys.argv[1:]
def rows(file):
    return [row["text"] if "text" in row else row["query"] for row in map(json.loads, open(file, encoding="utf-8"))]
sets = [rows(file) for file in files]
start = time.process_time()
tokenizer = tokenizers.Tokenizer.from_file(folder + "/tokenizer.json")
load = (time.process_time() - start) * 1e3
def read(texts):
    start = time.process_time()
    for text in texts:
        tokenizer.encode(text, add_special_tokens=False).ids
    return (time.process_time() - start) * 1e3
print(json.dumps({"version": tokenizers.__version__, "load": load, "first": [read(texts) for texts in sets], "again": [read(texts) for texts in sets]}))
`;

async function ours(dist) {
  const { PairTokenizer } = await import(path.resolve(dist, 'text/tokenizer.js'));
  return (folder) =>
    measure(() => {
      const tokenizer = PairTokenizer.parse(readJson(path.join(folder, 'tokenizer.json')), undefined, folder);
      // Versions before `encode` had only `tokenize`.
      return (text) => ('encode' in tokenizer ? tokenizer.encode(text) : tokenizer.tokenize(text).ids);
    });
}

const ways = { ours: await ours(fileURLToPath(new URL('../../dist', import.meta.url))) };
if (options.before !== undefined) ways['ours, before'] = await ours(options.before);
ways['@huggingface/tokenizers'] = (folder) =>
  measure(() => {
    const settings = readJson(path.join(folder, 'tokenizer_config.json'));
    const tokenizer = new Tokenizer(readJson(path.join(folder, 'tokenizer.json')), settings);
    return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  });
let pythonVersion = '';
if (options.python !== undefined) {
  ways['Python tokenizers'] = (folder) => {
    const arguments_ = ['-c', PYTHON, folder, ...sets.map(({ file }) => file)];
    const { version, ...times } = JSON.parse(execFileSync(options.python, arguments_, { encoding: 'utf8' }));
    pythonVersion = `, Python tokenizers ${version}`;
    return times;
  };
}

const tables = options.model.map((folder) => {
  const names = Object.keys(ways);
  const rounds = names.map(() => []);
  for (let round = -1; round < ROUNDS; round++) {
    for (const [i, name] of names.entries()) {
      const times = ways[name](folder);
      if (round >= 0) rounds[i].push(times); // round -1 is the warm-up
    }
  }
  const speed = (i, pick, set) =>
    (sets[set].bytes / 1e3 / median(rounds[i].map((times) => times[pick][set]))).toFixed(1);
  const head = ['', ...sets.flatMap(({ name }) => [`${name}, new`, `${name}, again`]), 'load, ms'];
  const lines = names.map((name, i) => [
    name,
    ...sets.flatMap((_, set) => [speed(i, 'first', set), speed(i, 'again', set)]),
    median(rounds[i].map(({ load }) => load)).toFixed(0),
  ]);
  const row = (cells) => `| ${cells.join(' | ')} |`;
  return [`## ${path.basename(folder)}`, '', row(head), row(head.map(() => '---')), ...lines.map(row)].join(
    '\n',
  );
});

/** The share of tokenization in scoring: pairs of each set's texts, on the fastest backend of this machine. */
async function shareOfScoring(folder) {
  const scorer = await openModel(folder);
  const rows = [];
  for (const { name, texts } of sets) {
    const pairs = texts.slice(0, SCORED_PAIRS).map((document, i) => ({ query: texts.at(-1 - i), document }));
    await scorer.score(pairs.slice(0, 4)); // warms up
    const began = processorMs();
    scorer.encode(pairs);
    const encoding = processorMs() - began;
    const start = processorMs();
    await scorer.score(pairs);
    const whole = processorMs() - start;
    const share = ((100 * encoding) / whole).toFixed(2);
    rows.push(
      `- ${name}: ${((1e3 * encoding) / pairs.length).toFixed(0)} µs of ${(whole / pairs.length).toFixed(1)} ms a pair, ${share} %`,
    );
  }
  const { backend } = scorer.info;
  scorer.dispose();
  return `## Share of scoring\n\nTokenization of ${SCORED_PAIRS} pairs of ${path.basename(folder)} on the backend ${backend.name}, the first time, of all that scoring them takes:\n\n${rows.join('\n')}\n`;
}
const weighted = options.model.filter((folder) => existsSync(path.join(folder, 'model.safetensors')));
const shares = [];
for (const folder of weighted) shares.push(await shareOfScoring(folder));

const library = readJson(new URL('../../node_modules/@huggingface/tokenizers/package.json', import.meta.url));
console.log(`# Speed of the tokenizer

MB/s (UTF-8), ids only, text by text; medians of ${ROUNDS} rounds, the ways in turn. "New": a tokenizer just loaded reads the texts for the first time, so that no word is known yet (the code is warm). "Again": a second time. Load: reading tokenizer.json, parsing it, building the vocabulary. All by processor time, garbage collection and compilation included: the machine had other work, too. ${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.version}, @huggingface/tokenizers ${library.version}${pythonVersion}. Made by scripts/bench/tokenize.mjs.

${sets.map(({ name, texts, bytes }) => `${name}: ${texts.length} texts, ${(bytes / 1e3).toFixed(0)} KB`).join('; ')}.

${[...tables, ...shares].join('\n\n')}`);
