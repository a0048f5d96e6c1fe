import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bm25Builder } from '../../dist/retrieval/index.js';
import { lacks, outsideData } from '../support/outside-data.js';

const REASON = lacks('data/xquad/corpus_en.jsonl');

function read<T>(name: string): T[] {
  return readFileSync(outsideData(`data/xquad/${name}`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

describe.skipIf(REASON !== undefined)(`BM25 on XQuAD${REASON === undefined ? '' : ` (${REASON})`}`, () => {
  it.each([
    ['en', 0.919],
    ['zh', 0.932],
  ])('finds the paragraph of %s questions first in at least %f', (language, least) => {
    const paragraphs = read<{ pid: string; text: string }>(`corpus_${language}.jsonl`);
    const questions = read<{ query: string; pid: string }>(`questions_${language}.jsonl`);
    const builder = new Bm25Builder();
    for (const { text } of paragraphs) builder.add(text);
    const index = builder.build();
    const hits = questions.filter(({ query, pid }) => {
      const [best] = index.search(query, 1);
      return best !== undefined && paragraphs[best.index]?.pid === pid;
    });
    expect(questions.length).toBe(1190);
    expect(hits.length / questions.length).toBeGreaterThanOrEqual(least);
  });
});
