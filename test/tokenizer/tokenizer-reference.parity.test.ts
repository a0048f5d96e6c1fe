import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { PairTokenizer } from '../../dist/tokenizer/tokenizer.js';
import { MINI, ROOT } from '../support/fixtures.js';
import { oddLine } from '../support/odd-lines.js';
import { ReferenceTokenizer, type Tokens } from '../support/reference-tokenizer.js';
import { WIDE } from '../support/wide.js';

/** The large vocabulary and XQuAD are not part of this repository: they are used where `../shared` lies beside it. */
const SHARED = path.join(ROOT, '../shared');
const XQUAD = ['corpus_en', 'corpus_zh', 'questions_en', 'questions_zh'].map((name) =>
  path.join(SHARED, `data/xquad/${name}.jsonl`),
);
const missing = (files: readonly string[]): string | undefined => {
  const file = files.find((name) => !existsSync(name));
  return file === undefined ? undefined : `${file} is absent`;
};

function xquadTexts(): string[] {
  return XQUAD.flatMap((file) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const { text, query } = JSON.parse(line) as { text?: string; query?: string };
        return text ?? query ?? '';
      }),
  );
}

describe.each([
  { name: 'the embedded model', folder: MINI },
  { name: '250,002 pieces', folder: path.join(SHARED, 'tokenizers/bge-reranker-base') },
])('the plain reference tokenizer over $name', ({ folder }) => {
  const file = path.join(folder, 'tokenizer.json');
  const reason = missing([file]);
  let tokenizer: PairTokenizer;
  let reference: ReferenceTokenizer;

  beforeAll(() => {
    if (reason !== undefined) return;
    const description = JSON.parse(readFileSync(file, 'utf8')) as object;
    tokenizer = PairTokenizer.parse(description, undefined, folder);
    reference = new ReferenceTokenizer(description);
  });

  function tokens(text: string): Tokens {
    const { ids, starts, ends } = tokenizer.tokenize(text);
    return { ids: [...ids], spans: Array.from(starts, (start, i) => [start, ends[i] ?? -1]) };
  }

  it('gives the same ids and offsets for odd lines', (context) => {
    if (reason !== undefined) return context.skip(reason);
    fc.assert(
      fc.property(oddLine, (line) => {
        const expected = reference.tokenize(line);
        expect(tokens(line)).toEqual(expected);
        expect([...tokenizer.encode(line)]).toEqual(expected.ids);
      }),
      { numRuns: WIDE ? 10_000 : 2_000 },
    );
  });

  it('gives the same ids and offsets for all of XQuAD, English and Chinese', (context) => {
    const absent = reason ?? missing(XQUAD);
    if (absent !== undefined) return context.skip(absent);
    const texts = xquadTexts();
    expect(texts).toHaveLength(2 * (240 + 1190));
    for (const text of texts) {
      const expected = reference.tokenize(text);
      expect(tokens(text), text).toEqual(expected);
      expect([...tokenizer.encode(text)], text).toEqual(expected.ids);
    }
  });
});
