import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PairTokenizer } from '../../dist/tokenizer/tokenizer.js';

/** What a style changes in a tokenizer.json; a member that is null in `model` is left out. */
interface Patch {
  readonly added_tokens?: readonly object[];
  readonly model?: object;
}

interface Style {
  readonly name: string;
  readonly patch: Patch;
  /** One for each text: ids, and spans where Python counts them right. */
  readonly texts: readonly (readonly [ids: number[], spans: [number, number][] | null])[];
  readonly pair: {
    readonly query: string;
    readonly document: string;
    readonly ids: number[];
    readonly spans: [number, number][];
  };
  /** Ids of the pair's document as a text alone, special tokens counted. */
  readonly alone: number[];
}

interface Description {
  readonly added_tokens: readonly object[];
  readonly model: object;
  readonly normalizer: { readonly normalizers: readonly object[] };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
}

const FOLDER = 'weights/mini-en-zh';
const description = readJson(`${FOLDER}/tokenizer.json`) as Description;
const { texts, styles } = readJson('test/fixtures/tokenizer-styles.json') as {
  readonly texts: readonly string[];
  readonly styles: readonly Style[];
};

function inStyle({ added_tokens = [], model = {}, ...patch }: Patch): object {
  const [table] = description.normalizer.normalizers;
  const filledIn: unknown = JSON.parse(
    JSON.stringify(patch).replaceAll('"the file\'s own normalization table"', JSON.stringify(table)),
  );
  return {
    ...description,
    ...(filledIn as object),
    added_tokens: [...description.added_tokens, ...added_tokens],
    model: Object.fromEntries(
      Object.entries({ ...description.model, ...model }).filter(([, value]) => value !== null),
    ),
  };
}

describe('the styles of tokenizer.json', () => {
  it('are many', () => {
    expect(styles.length).toBeGreaterThan(50);
    expect(texts.length).toBeGreaterThan(25);
  });

  it.each(styles)('give the ids and offsets of Python: $name', ({ patch, texts: expected, pair, alone }) => {
    const tokenizer = PairTokenizer.parse(inStyle(patch), undefined, FOLDER);
    for (const [index, text] of texts.entries()) {
      const [ids, spans] = expected[index] ?? [];
      const got = tokenizer.tokenize(text);
      expect([...got.ids], JSON.stringify(text)).toEqual(ids);
      expect([...tokenizer.encode(text)], JSON.stringify(text)).toEqual(ids);
      if (spans === null) continue;
      expect(
        Array.from(got.starts, (start, i) => [start, got.ends[i]]),
        JSON.stringify(text),
      ).toEqual(spans);
    }
    const options = { maxLength: 512, truncation: 'longest_first' } as const;
    expect([...tokenizer.joinText(tokenizer.encode(pair.document))]).toEqual(alone);
    const { inputIds, tokens } = tokenizer.placePair(pair.query, pair.document, options);
    expect([...inputIds]).toEqual(pair.ids);
    expect(tokens.map(({ start, end }) => [start, end])).toEqual(pair.spans);
  });
});
