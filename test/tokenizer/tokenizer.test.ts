import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodePairs } from '../../dist/batching/encode-pairs.js';
import { InputError } from '../../dist/errors/errors.js';
import { PairTokenizer } from '../../dist/tokenizer/tokenizer.js';
import { WIDE } from '../support/wide.js';

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../weights/mini-en-zh/${name}`, import.meta.url), 'utf8'));
}

const tokenizer = PairTokenizer.parse(readJson('tokenizer.json'), readJson('tokenizer_config.json'), 'mini');
const options = { maxLength: 512, truncation: 'longest_first' } as const;

/** The part of the original text that each token stands for. */
function slices(text: string): string[] {
  const { starts, ends } = tokenizer.tokenize(text);
  return Array.from(starts, (start, i) => text.slice(start, ends[i]));
}

describe('PairTokenizer', () => {
  it('knows its sizes', () => {
    expect(tokenizer.vocabSize).toBe(28_000);
    expect(tokenizer.modelMaxLength).toBe(512);
    expect(tokenizer.specialTokensPerPair).toBe(4);
  });

  it('also joins an empty query or document to a pair', () => {
    expect([...tokenizer.encodePair('', '', options).inputIds]).toEqual([0, 2, 2, 2]);
    expect([...tokenizer.encodePair('hi', '', options).inputIds]).toEqual([0, 749, 2, 2, 2]);
    expect([...tokenizer.encodePair('', 'hi', options).inputIds]).toEqual([0, 2, 2, 749, 2]);
  });

  it('turns special tokens written in a text into their ids', () => {
    expect([...tokenizer.encodePair('<pad>', '</s><mask>', options).inputIds]).toEqual([
      0, 1, 2, 2, 2, 27_999, 2,
    ]);
    expect(slices('x  <mask>y')).toEqual(['x', '  <mask>', 'y']);
  });

  it('counts what it keeps and what it cuts', () => {
    const pair = tokenizer.encodePair('one two three four', 'a b c d e f', { ...options, maxLength: 9 });
    expect(pair).toMatchObject({
      queryTokens: 2,
      documentTokens: 3,
      queryTokensCut: 2,
      documentTokensCut: 3,
    });
    expect(pair.inputIds).toHaveLength(9);
  });

  it('treats a single text as a document without a query', () => {
    const text = tokenizer.encode('a b c d e f');
    expect([...tokenizer.joinText(text)]).toEqual([0, ...text, 2]);
    for (const truncation of ['longest_first', 'only_second'] as const) {
      const [cut] = encodePairs(tokenizer, ['a b c d e f'], { maxLength: 5, truncation });
      expect([...(cut?.windows[0]?.inputIds ?? [])]).toEqual([0, ...text.subarray(0, 3), 2]);
      expect(cut).toMatchObject({ queryTokensCut: 0, documentTokensCut: 3 });
    }
    expect([...tokenizer.joinText(tokenizer.encode(''))]).toEqual([0, 2]);
    expect(() => encodePairs(tokenizer, ['a'], { ...options, maxLength: 2 })).toThrow(InputError);
  });

  it('explains every token, and those that were cut', () => {
    const pair = tokenizer.placePair('one two three', 'a b c', { ...options, maxLength: 8 });
    const written = (tokens: typeof pair.tokens) => tokens.map(({ piece }) => piece).join(' ');
    expect(written(pair.tokens)).toBe('<s> ▁one ▁two </s> </s> ▁a ▁b </s>');
    expect(written(pair.queryCut)).toBe('▁three');
    expect(written(pair.documentCut)).toBe('▁c');
    expect(pair.tokens.map(({ id }) => id)).toEqual([...pair.inputIds]);
    expect(pair.tokens.map(({ part }) => part)).toEqual([
      'special',
      'query',
      'query',
      'special',
      'special',
      'document',
      'document',
      'special',
    ]);
    expect(pair.documentCut).toEqual([{ id: 350, piece: '▁c', part: 'document', start: 3, end: 5 }]);
  });

  it('refuses a maximal length that leaves no room', () => {
    for (const maxLength of [4, 0, -1, 7.5, Number.NaN]) {
      expect(() => tokenizer.encodePair('a', 'b', { ...options, maxLength })).toThrow(InputError);
    }
    expect(() => tokenizer.encodePair('a', 'b', { ...options, maxLength: 4 })).toThrow(
      'The maximal length must be an integer of at least 5 (a pair has 4 special tokens), got 4.',
    );
    expect(tokenizer.encodePair('a', 'b', { ...options, maxLength: 5 }).inputIds).toHaveLength(5);
  });

  it('treats lone surrogates as U+FFFD', () => {
    expect(tokenizer.tokenize('a\ud800 b\udc00')).toEqual(tokenizer.tokenize('a\ufffd b\ufffd'));
    expect(tokenizer.tokenize('\udc00\ud83d\ude00').ids).toEqual(tokenizer.tokenize('\ufffd😀').ids);
  });
});

describe('spans', () => {
  it('are UTF-16 units of the original', () => {
    expect(slices('😀 world')).toEqual(['😀', '😀', ' world']);
  });

  it('cover the same characters where normalization changes length', () => {
    expect(slices('the ﬁne day')).toEqual(['the', ' ﬁne', ' day']);
    expect(slices('x … y…z')).toEqual(['x', ' …', ' y', '…', 'z']);
  });

  it('leave out what a composed character absorbs after its base, as in Python', () => {
    expect(slices('cafe\u0301 x')).toEqual(['ca', 'f', 'e', ' x']);
  });

  it('take the last of many spaces, as in Python', () => {
    expect(slices('two   words')).toEqual(['two', ' words']);
    expect([...tokenizer.tokenize('two   words').starts]).toEqual([0, 5]);
  });

  // Two cases in which Python's tokenizers 0.23.3 counts from a wrong place; see make_tokenizer_cases.py.
  it('are right after characters that are removed at the beginning of a stretch', () => {
    // Python: '\x01\x02', 'ab', ' '.
    expect(slices('\x01\x02ab cd')).toEqual(['ab', ' c', 'd']);
    // Python: '<s>', '\x01', 'b '.
    expect(slices('<s>\x01b c')).toEqual(['<s>', 'b', ' c']);
  });

  it('are right where a character becomes several and the next one is removed', () => {
    // Python: 'x', '⁉', '\x7f', ' y'.
    expect(slices('x⁉\x7f y')).toEqual(['x', '⁉', '⁉', ' y']);
    // Python: 'ab', '™\x01', ' c'.
    expect(slices('ab™\x01 c')).toEqual(['ab', '™', ' c']);
  });
});

// Anything that grows with the square of the length would exceed the time limit of a test.
describe('texts of a million units, or of 100,000 if the run is not wide', () => {
  const million = WIDE ? 1_000_000 : 100_000;
  it.each([
    ['one letter', 'a'.repeat(million), million],
    ['one Chinese character', '的'.repeat(million), million],
    ['no space', 'abcdefghijklmnopqrstuvwxyz'.repeat(million / 26), undefined],
    ['spaces', ' '.repeat(million), 1],
    ['controls', '\x01'.repeat(million), 0],
    ['combining marks', '\u0301'.repeat(million), undefined],
    ['letters with marks', 'e\u0301'.repeat(million / 2), million / 2],
    ['joined emoji', '👩\u200d'.repeat(million / 3), undefined],
    ['CR LF', '\r\n'.repeat(million / 2), 1],
    ['lone surrogates', '\ud800'.repeat(million), 1],
    ['special tokens', '<s>'.repeat(million / 3), Math.floor(million / 3)],
    ['almost special tokens', '<mask'.repeat(million / 5), undefined],
    ['spaces before a token that takes them', `${' '.repeat(million)}<mask>`, 1],
    ['words', 'word '.repeat(million / 5), million / 5 + 1],
  ])('%s', (_, text, tokens) => {
    const encoded = tokenizer.encode(text);
    const tokenized = tokenizer.tokenize(text);
    const { ids, ends } = tokenized;
    expect(Buffer.compare(Buffer.from(encoded.buffer), Buffer.from(ids.buffer))).toBe(0);
    if (tokens !== undefined) expect(Math.abs(ids.length - tokens)).toBeLessThanOrEqual(1);
    expect(ends.at(-1) ?? 0).toBeLessThanOrEqual(text.length);
    const [pair] = encodePairs(tokenizer, [{ query: 'q', document: text }], options);
    expect(pair?.windows[0]?.inputIds.length).toBeLessThanOrEqual(512);
  });
});

describe('the side that is cut', () => {
  const texts = ['one two three', 'a b c d e f'] as const;
  const cut = { maxLength: 8, truncation: 'longest_first' } as const;
  const whole = { query: tokenizer.encode(texts[0]), document: tokenizer.encode(texts[1]) };

  it('is the end, or the beginning of both texts', () => {
    const middle = (ids: Int32Array) => [[...ids.subarray(1, 3)], [...ids.subarray(5, 7)]];
    const right = tokenizer.encodePair(...texts, { ...cut, truncationSide: 'right' });
    expect(right).toEqual(tokenizer.encodePair(...texts, cut));
    expect(middle(right.inputIds)).toEqual([
      [...whole.query.subarray(0, 2)],
      [...whole.document.subarray(0, 2)],
    ]);
    const left = tokenizer.encodePair(...texts, { ...cut, truncationSide: 'left' });
    expect(middle(left.inputIds)).toEqual([[...whole.query.subarray(-2)], [...whole.document.subarray(-2)]]);
    const {
      tokens: _,
      queryCut,
      documentCut,
      ...explained
    } = tokenizer.placePair(...texts, {
      ...cut,
      truncationSide: 'left',
    });
    expect(explained).toEqual(left);
    expect(queryCut.map(({ id }) => id)).toEqual([...whole.query.subarray(0, -2)]);
    expect(documentCut.map(({ id }) => id)).toEqual([...whole.document.subarray(0, -2)]);
  });

  it('is that of tokenizer_config.json by default', () => {
    const asking = PairTokenizer.parse(readJson('tokenizer.json'), { truncation_side: 'left' }, 'mini');
    const left = tokenizer.encodePair(...texts, { ...cut, truncationSide: 'left' });
    expect(asking.encodePair(...texts, cut)).toEqual(left);
    expect(asking.encodePair(...texts, { ...cut, truncationSide: 'right' })).toEqual(
      tokenizer.encodePair(...texts, cut),
    );
    const encodedLeft = encodePairs(asking, [{ query: texts[0], document: texts[1] }], cut);
    expect(encodedLeft[0]?.windows[0]?.inputIds).toEqual(left.inputIds);
    const [alone] = encodePairs(asking, [texts[1]], { ...cut, maxLength: 4 });
    expect(alone?.windows[0]?.inputIds.subarray(1, 3)).toEqual(whole.document.subarray(-2));
  });
});
