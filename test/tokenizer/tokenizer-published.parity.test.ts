import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PairTokenizer } from '../../dist/tokenizer/tokenizer.js';
import { lacks, outsideData } from '../support/outside-data.js';

/** Ids that others published for the XLM-RoBERTa vocabulary. */
const NAMES = { tokenizer: 'tokenizers/bge-reranker-base/tokenizer.json', vectors: 'data/xlmr-vectors.json' };
const REASON = lacks(NAMES.tokenizer, NAMES.vectors);

interface Vectors {
  readonly vectors: { readonly text: string; readonly ids: number[] }[];
  readonly vectors_transformers_js: { readonly cases: PublishedCase[] };
}

interface PublishedCase {
  readonly model: string;
  readonly case: string;
  readonly text: string;
  readonly ids: number[];
  readonly tokens: string[];
}

/** xlm-roberta-base divides at blanks before Metaspace; bge-reranker and multilingual-e5 do not. */
const WHITESPACE_SPLIT = {
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'WhitespaceSplit' },
      { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    ],
  },
};

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

describe('published ids of the XLM-RoBERTa vocabulary', () => {
  let vectors: Vectors;
  let reranker: PairTokenizer;
  let base: PairTokenizer;

  beforeAll(() => {
    if (REASON !== undefined) return;
    const folder = path.dirname(outsideData(NAMES.tokenizer));
    vectors = readJson(outsideData(NAMES.vectors)) as Vectors;
    const description = readJson(path.join(folder, 'tokenizer.json')) as object;
    const settings = readJson(path.join(folder, 'tokenizer_config.json'));
    reranker = PairTokenizer.parse(description, settings, folder);
    base = PairTokenizer.parse({ ...description, ...WHITESPACE_SPLIT }, settings, folder);
  });

  /** `<s> text </s>`, which is how single texts are published. */
  function single(tokenizer: PairTokenizer, text: string): number[] {
    return [...tokenizer.joinText(tokenizer.encode(text))];
  }

  it('equals the 5 vectors of transformers for xlm-roberta-base, with WhitespaceSplit', (context) => {
    if (REASON !== undefined) return context.skip(REASON);
    expect(vectors.vectors).toHaveLength(5);
    for (const { text, ids } of vectors.vectors) expect(single(base, text), text).toEqual(ids);
  });

  it('equals the 25 vectors of transformers.js for bge-reranker-base', (context) => {
    if (REASON !== undefined) return context.skip(REASON);
    const cases = vectors.vectors_transformers_js.cases.filter(({ model }) =>
      model.endsWith('bge-reranker-base'),
    );
    expect(cases).toHaveLength(25);
    for (const { text, ids, case: name } of cases) expect(single(reranker, text), name).toEqual(ids);
  });

  it('equals the 6 vectors of transformers.js for multilingual-e5-small', (context) => {
    if (REASON !== undefined) return context.skip(REASON);
    const cases = vectors.vectors_transformers_js.cases.filter(({ model }) => model.endsWith('e5-small'));
    expect(cases).toHaveLength(6);
    for (const { text, ids, case: name } of cases) expect(single(reranker, text), name).toEqual(ids);
  });

  it('knows the length and the size of the vocabulary', (context) => {
    if (REASON !== undefined) return context.skip(REASON);
    expect([reranker.modelMaxLength, reranker.vocabSize]).toEqual([512, 250_002]);
  });
});
