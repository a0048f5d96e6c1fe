import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SegmentUnit } from '../../../dist/inspection/attribution/attribution-types.js';
import { findSegments, segmentAttribution } from '../../../dist/inspection/attribution/segments.js';
import type { PlacedPair, PlacedToken } from '../../../dist/tokenizer/tokenized.js';
import { PairTokenizer } from '../../../dist/tokenizer/tokenizer.js';
import { MINI } from '../../support/fixtures.js';

const read = (name: string): unknown => JSON.parse(readFileSync(path.join(MINI, name), 'utf8'));
const tokenizer = PairTokenizer.parse(read('tokenizer.json'), read('tokenizer_config.json'), MINI);

function explain(query: string, document: string, maxLength = 512): PlacedPair {
  return tokenizer.placePair(query, document, { maxLength, truncation: 'longest_first' });
}

function textsOf(query: string, document: string, unit: SegmentUnit, maxLength?: number): string[] {
  return findSegments(explain(query, document, maxLength), { query, document }, unit).map(({ text }) => text);
}

/** A pair whose document's tokens lie at these places. */
function pairOf(spans: readonly (readonly [number, number])[]): PlacedPair {
  const special: PlacedToken = { id: 0, piece: '<s>', part: 'special', start: 0, end: 0 };
  const tokens = [
    special,
    ...spans.map(([start, end]): PlacedToken => ({ id: 5, piece: '', part: 'document', start, end })),
    special,
  ];
  const counts = { queryTokens: 0, documentTokens: spans.length, queryTokensCut: 0, documentTokensCut: 0 };
  return {
    inputIds: Int32Array.from(tokens, ({ id }) => id),
    tokens,
    queryCut: [],
    documentCut: [],
    ...counts,
  };
}

describe('words', () => {
  test('are words and marks, without the spaces around them', () => {
    expect(textsOf('capital of France?', '  Paris is\nthe capital. ', 'word')).toEqual([
      'capital',
      'of',
      'France',
      '?',
      'Paris',
      'is',
      'the',
      'capital',
      '.',
    ]);
  });

  test('in Chinese are those of the dictionary, joined if a token is longer', () => {
    const document = '大熊猫主要以竹子为食。';
    const words = findSegments(explain('', document), { query: '', document }, 'word');
    expect(words.map(({ text }) => text).join('')).toBe(document);
    expect(words.length).toBeGreaterThan(3);
    for (const { text, start, end } of words) {
      expect(document.slice(start, end)).toBe(text);
    }
  });

  test('that share a token are joined; tokens of a space belong to what follows', () => {
    const texts = { query: '', document: 'one two three' };
    const shared = pairOf([
      [0, 2],
      [2, 5], // the end of one, the beginning of two
      [5, 7],
      [7, 8], // the blank before three
      [8, 13],
    ]);
    expect(findSegments(shared, texts, 'word').map(({ text, tokens }) => [text, tokens])).toEqual([
      ['one two', [1, 2, 3]],
      ['three', [4, 5]],
    ]);
  });

  test('are those of the truncated text', () => {
    const document = 'Bananas are yellow and apples are red and cherries are sweet.';
    const words = textsOf('fruit', document, 'word', 12);
    expect(words.length).toBeGreaterThan(3);
    expect(words).not.toContain('cherries');
  });

  test.each(['word', 'sentence'] as const)('every token of a text belongs to exactly one %s', (unit) => {
    for (const document of [
      'It’s 3.5 km!  “Really?” she asked… 是的，真的。\t好。',
      '   ',
      '',
      '👩‍👩‍👧 naïve café\u200b x',
    ]) {
      const pair = explain('who? 谁', document);
      const found = findSegments(pair, { query: 'who? 谁', document }, unit).flatMap(({ tokens }) => tokens);
      const wanted = [...pair.tokens.keys()].filter((i) => pair.tokens[i]?.part !== 'special');
      const blank = document.trim() === '';
      expect(found.filter((i) => !blank || pair.tokens[i]?.part === 'query')).toEqual(
        wanted.filter((i) => !blank || pair.tokens[i]?.part === 'query'),
      );
    }
  });
});

test('sentences', () => {
  expect(textsOf('Who? Where?', 'Paris is a city. It is large! 巴黎是首都。它很大。', 'sentence')).toEqual([
    'Who?',
    'Where?',
    'Paris is a city.',
    'It is large!',
    '巴黎是首都。',
    '它很大。',
  ]);
});

test('segmentAttribution adds up tokens, and loses none', () => {
  const [query, document] = ['capital of France', 'Unbelievably, Paris is the capital.'];
  const pair = explain(query, document);
  const values = pair.tokens.map(({ part }, i) => (part === 'special' ? 0 : 2 ** (i % 8)));
  const total = values.reduce((sum, value) => sum + value, 0);
  for (const unit of ['word', 'sentence'] as const) {
    const segments = segmentAttribution(pair, { query, document }, values, unit);
    expect(segments.reduce((sum, { value }) => sum + value, 0)).toBe(total);
    expect(segments.every((segment) => segment.unit === unit)).toBe(true);
  }
});
