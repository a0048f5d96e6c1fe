import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { PairTokenizer } from '../../dist/tokenizer/tokenizer.js';
import { MINI } from '../support/fixtures.js';
import { oddLine } from '../support/odd-lines.js';
import { lacks, outsideData } from '../support/outside-data.js';
import { ReferenceTokenizer, type Tokens } from '../support/reference-tokenizer.js';
import { WIDE } from '../support/wide.js';

const XQUAD = ['corpus_en', 'corpus_zh', 'questions_en', 'questions_zh'].map(
  (name) => `data/xquad/${name}.jsonl`,
);
const LARGE = 'tokenizers/bge-reranker-base';

function xquadTexts(): string[] {
  return XQUAD.flatMap((name) =>
    readFileSync(outsideData(name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const { text, query } = JSON.parse(line) as { text?: string; query?: string };
        return text ?? query ?? '';
      }),
  );
}

describe.each([
  { name: 'the embedded model', folder: MINI, reason: undefined },
  { name: '250,002 pieces', folder: outsideData(LARGE), reason: lacks(`${LARGE}/tokenizer.json`) },
])('the plain reference tokenizer over $name', ({ folder, reason }) => {
  const file = path.join(folder, 'tokenizer.json');
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
      { numRuns: WIDE ? 10_000 : 500 },
    );
  });

  it('gives the same ids and offsets for all of XQuAD, English and Chinese', (context) => {
    const absent = reason ?? lacks(...XQUAD);
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
