import { describe, expect, it } from 'vitest';
import { truncatePair } from '../../dist/tokenizer/truncation.js';

function longestFirst(query: number, document: number, maxLength: number): [number, number] {
  const kept = truncatePair({ query, document }, 4, { maxLength, truncation: 'longest_first' });
  return [kept.query, kept.document];
}

function onlySecond(query: number, document: number, maxLength: number): [number, number] {
  const kept = truncatePair({ query, document }, 4, { maxLength, truncation: 'only_second' });
  return [kept.query, kept.document];
}

describe('longest_first', () => {
  it.each([
    // query, document, room -> kept
    [0, 0, 7, [0, 0]],
    [0, 4, 7, [0, 4]],
    [0, 8, 7, [0, 7]],
    [2, 4, 7, [2, 4]],
    [2, 8, 7, [2, 5]],
    [8, 2, 7, [5, 2]],
    [4, 4, 7, [3, 4]],
    [8, 4, 7, [4, 3]],
    [8, 8, 7, [3, 4]],
    [8, 8, 8, [4, 4]],
    [9, 8, 8, [4, 4]],
    [3, 9, 1, [0, 1]],
    [9, 3, 1, [1, 0]],
    [3, 3, 1, [0, 1]],
  ] as const)('%i and %i tokens in %i places', (query, document, room, kept) => {
    expect(longestFirst(query, document, room + 4)).toEqual(kept);
  });
});

describe('only_second', () => {
  it('caps the query at three quarters and gives the document the rest', () => {
    expect(onlySecond(500, 500, 512)).toEqual([384, 124]);
    expect(onlySecond(10, 600, 512)).toEqual([10, 498]);
    expect(onlySecond(500, 3, 512)).toEqual([384, 3]);
    expect(onlySecond(100, 100, 21)).toEqual([15, 2]);
  });

  it('empties the document, then cuts the query, if three quarters leave no room', () => {
    expect(onlySecond(100, 100, 17)).toEqual([12, 1]);
    expect(onlySecond(100, 100, 16)).toEqual([12, 0]);
    expect(onlySecond(100, 100, 12)).toEqual([8, 0]);
    expect(onlySecond(100, 100, 5)).toEqual([1, 0]);
    expect(onlySecond(0, 100, 5)).toEqual([0, 1]);
  });
});
