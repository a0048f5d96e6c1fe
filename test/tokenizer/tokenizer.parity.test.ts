import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { PairTokenizer } from '../../dist/tokenizer/tokenizer.js';
import type { Truncation } from '../../dist/tokenizer/truncation.js';

interface TextCase {
  readonly text: string;
  readonly ids: number[];
  readonly spans: [number, number][];
}

interface PairCase {
  readonly query: string;
  readonly document: string;
  readonly max_length: number;
  readonly truncation: Truncation;
  readonly ids: number[];
  readonly spans: [number, number][];
}

interface Cases {
  readonly texts: TextCase[];
  readonly pairs: PairCase[];
  readonly variants: { readonly name: string; readonly patch: object; readonly texts: TextCase[] }[];
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
}

const folder = 'weights/mini-en-zh';
const description = readJson(`${folder}/tokenizer.json`) as object;
const settings = readJson(`${folder}/tokenizer_config.json`) as object;
const cases = readJson('test/fixtures/tokenizer-cases.json') as Cases;
const tokenizer = PairTokenizer.parse(description, settings, folder);

function tokenizeText(subject: PairTokenizer, text: string): Omit<TextCase, 'text'> {
  const { ids, starts, ends } = subject.tokenize(text);
  expect(subject.encode(text), JSON.stringify(text)).toEqual(ids);
  return { ids: [...ids], spans: Array.from(starts, (start, i) => [start, ends[i] ?? -1]) };
}

describe('Python tokenizers', () => {
  it('has enough cases', () => {
    expect(cases.texts.length).toBeGreaterThanOrEqual(500);
    expect(cases.pairs.length).toBeGreaterThanOrEqual(500);
  });

  it('gives the same ids and offsets for every text', () => {
    for (const { text, ids, spans } of cases.texts) {
      expect(tokenizeText(tokenizer, text), JSON.stringify(text)).toEqual({ ids, spans });
    }
  });

  it.each(['longest_first', 'only_second'] as const)('gives the same pairs, cut by %s', (truncation) => {
    const some = cases.pairs.filter((pair) => pair.truncation === truncation);
    expect(some.length).toBeGreaterThan(230);
    for (const { query, document, max_length: maxLength, ids, spans } of some) {
      const pair = tokenizer.placePair(query, document, { maxLength, truncation });
      const got = { ids: [...pair.inputIds], spans: pair.tokens.map(({ start, end }) => [start, end]) };
      expect(got, JSON.stringify({ query, document, maxLength })).toEqual({ ids, spans });
      expect([...tokenizer.encodePair(query, document, { maxLength, truncation }).inputIds]).toEqual(ids);
    }
  });

  it.each(cases.variants)(
    'gives the same ids and offsets with another tokenizer.json: $name',
    ({ patch, texts }) => {
      const variant = PairTokenizer.parse({ ...description, ...patch }, settings, folder);
      for (const { text, ids, spans } of texts) {
        expect(tokenizeText(variant, text), JSON.stringify(text)).toEqual({ ids, spans });
      }
    },
  );

  it('gives the ids of all reference pairs of the embedded model', () => {
    const { pairs } = readJson(`${folder}/reference.json`) as {
      pairs: { query: string; document: string; input_ids: number[] }[];
    };
    expect(pairs).toHaveLength(55);
    for (const { query, document, input_ids } of pairs) {
      const { inputIds } = tokenizer.encodePair(query, document, {
        maxLength: 512,
        truncation: 'longest_first',
      });
      expect([...inputIds]).toEqual(input_ids);
    }
  });
});

describe('@huggingface/tokenizers', () => {
  it('gives the same ids for ordinary texts, where its approximate normalization is exact', () => {
    const library = new Tokenizer(description, settings);
    const ordinary = cases.texts.filter(
      ({ text }) => /^[\p{L}\p{N}\p{P} \n]+$/u.test(text) && text === text.normalize('NFKC'),
    );
    expect(ordinary.length).toBeGreaterThan(70);
    for (const { text } of ordinary) {
      const ids: unknown = library.encode(text, { add_special_tokens: false }).ids;
      expect([...tokenizer.encode(text)], text).toEqual(ids);
    }
  });
});
