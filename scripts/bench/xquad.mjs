// XQuAD's paragraphs and questions, and which paragraphs a simple search finds for a question.

import { readFileSync } from 'node:fs';
import path from 'node:path';

const readJsonl = (file) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** {paragraphs: [text], questions: [text], bm25: question -> indices of paragraphs, the best first} of `en` or `zh`. */
export function readXquad(folder, language) {
  if (folder === '') throw new Error('Where is XQuAD? Give its folder with --xquad or in XQUAD.');
  const paragraphs = readJsonl(path.join(folder, `corpus_${language}.jsonl`)).map(({ text }) => text);
  const questions = readJsonl(path.join(folder, `questions_${language}.jsonl`)).map(({ query }) => query);
  return { paragraphs, questions, search: createSearch(paragraphs) };
}

/** Evenly spread items of a list. */
export function spreadOver(list, count) {
  const wanted = Math.min(count, list.length);
  return Array.from({ length: wanted }, (_, i) => list[Math.floor((i * list.length) / wanted)]);
}

/** Terms: words, and for Chinese pairs of neighbouring characters. */
function termsOf(text) {
  const words = text.toLowerCase().match(/[\p{Script=Latin}\p{N}]+/gu) ?? [];
  const chinese = [...text].filter((char) => /\p{Script=Han}/u.test(char));
  return [...words, ...chinese.slice(1).map((char, i) => chinese[i] + char)];
}

/** BM25 with the usual k1 = 1.2, b = 0.75. */
function createSearch(texts) {
  const documents = texts.map((text) => {
    const counts = new Map();
    for (const term of termsOf(text)) {
      counts.set(term, (counts.get(term) ?? 0) + 1);
    }
    return { counts, length: [...counts.values()].reduce((a, b) => a + b, 0) };
  });
  const meanLength = documents.reduce((sum, { length }) => sum + length, 0) / documents.length;
  return (query, count) => {
    const scores = documents.map(() => 0);
    for (const term of new Set(termsOf(query))) {
      const found = documents.filter(({ counts }) => counts.has(term)).length;
      const weight = Math.log(1 + (documents.length - found + 0.5) / (found + 0.5));
      for (const [i, { counts, length }] of documents.entries()) {
        const n = counts.get(term) ?? 0;
        scores[i] += (weight * n * 2.2) / (n + 1.2 * (0.25 + (0.75 * length) / meanLength));
      }
    }
    const order = scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
    return order.slice(0, count);
  };
}
