// BM25: what it finds on XQuAD, and its time and memory over 100,000 passages.
//
//   npm run build && node --expose-gc scripts/bench/retrieval.mjs --xquad ../shared/data/xquad > scripts/bench/retrieval.md

import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Bm25Builder } from '../../dist/retrieval/index.js';

const { values: options } = parseArgs({ options: { xquad: { type: 'string' } } });
const PASSAGES = 100_000;
const WORDS = 100;
const QUERIES = 200;

const readJsonl = (file) =>
  readFileSync(path.join(options.xquad, file), 'utf8').trim().split('\n').map(JSON.parse);

function indexOf(texts) {
  const builder = new Bm25Builder();
  for (const text of texts) builder.add(text);
  return builder.build();
}

/** Which share of the questions has its paragraph among the first k. */
function measureHits(questionLanguage, paragraphLanguage) {
  const paragraphs = readJsonl(`corpus_${paragraphLanguage}.jsonl`);
  const questions = readJsonl(`questions_${questionLanguage}.jsonl`);
  const index = indexOf(paragraphs.map(({ text }) => text));
  const found = questions.map(({ query }) =>
    index.search(query, 100).map((hit) => paragraphs[hit.index].pid),
  );
  const share = (k) =>
    found.filter((pids, i) => pids.slice(0, k).includes(questions[i].pid)).length / found.length;
  return [1, 10, 100].map((k) => share(k).toFixed(4));
}

/** Numbers from 0 to 1, the same in each run. */
function createRandom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Words as frequent as in a language: the n-th of 200,000 is drawn n times as seldom as the first. */
function createWriter(seed) {
  const random = createRandom(seed);
  return (count) =>
    Array.from({ length: count }, () => `w${Math.floor(200_000 ** random()).toString(36)}`).join(' ');
}

/** The same in Chinese: as many characters as 100 words of it have. */
function createChineseWriter(seed) {
  const random = createRandom(seed);
  return (count) =>
    String.fromCodePoint(...Array.from({ length: 2 * count }, () => 0x4e00 + Math.floor(4000 ** random())));
}

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.floor(q * (values.length - 1))];

function measureSpeed(write) {
  globalThis.gc();
  const before = process.memoryUsage().rss;
  const startedAt = performance.now();
  const builder = new Bm25Builder();
  for (let i = 0; i < PASSAGES; i++) builder.add(write(WORDS));
  const index = builder.build();
  const seconds = (performance.now() - startedAt) / 1000;
  const peak = process.resourceUsage().maxRSS * 1024;
  for (let i = 0; i < 20; i++) index.search(write(10), 100);
  const times = Array.from({ length: QUERIES }, () => {
    const query = write(10);
    const start = performance.now();
    index.search(query, 100);
    return performance.now() - start;
  });
  const ms = [0.5, 0.99, 1].map((q) => quantile(times, q).toFixed(1));
  return `${seconds.toFixed(1)} s | ${(peak / 1e6).toFixed(0)} MB (${((peak - before) / 1e6).toFixed(0)} MB more than before) | ${ms.join(', ')} ms`;
}

console.log(
  `# BM25\n\nMade by [retrieval.mjs](retrieval.mjs), Node ${process.version}, ${os.cpus()[0].model}.\n`,
);
console.log(
  'Share of the 1,190 XQuAD questions whose paragraph, of 240, is among the first 1, 10 and 100:\n',
);
console.log('| questions, paragraphs | hit@1 | hit@10 | hit@100 |\n|---|---|---|---|');
for (const [q, p] of ['en en', 'zh zh', 'en zh', 'zh en'].map((pair) => pair.split(' '))) {
  console.log(`| ${q}, ${p} | ${measureHits(q, p).join(' | ')} |`);
}
console.log(
  `\n${PASSAGES.toLocaleString('en')} made-up passages of ${WORDS} words (Chinese: ${2 * WORDS} characters), words as frequent as Zipf's law ` +
    `says, and ${QUERIES} queries of 10 words for the best 100; the time to make the texts counts too:\n`,
);
console.log(
  '| texts | indexing | peak memory of the process | a query: median, 99 %, longest |\n|---|---|---|---|',
);
console.log(`| words | ${measureSpeed(createWriter(1))} |`);
console.log(`| Chinese | ${measureSpeed(createChineseWriter(1))} |`);
