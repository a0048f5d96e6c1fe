import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bm25Builder, type Bm25Index, type Bm25Options } from '../../dist/retrieval/index.js';

function indexOf(texts: readonly string[], options?: Bm25Options): Bm25Index {
  const builder = new Bm25Builder(options);
  for (const text of texts) builder.add(text);
  return builder.build();
}

test('the score of one term, worked out by hand', () => {
  const index = indexOf(['cat cat dog', 'dog']);
  // N 2, n 1, tf 2, length 3, mean length 2
  const expected = (Math.log(1 + 1.5 / 1.5) * 2) / (2 + 1.2 * (0.25 + (0.75 * 3) / 2));
  expect(index.search('cat', 10)).toEqual([{ index: 0, score: expect.closeTo(expected, 12) }]);
  expect(index.scores('cat cat')[0]).toBeCloseTo(2 * expected, 12); // each occurrence in the query counts
  expect(indexOf(['cat cat dog', 'dog'], { b: 0 }).scores('cat')[0]).toBeCloseTo((Math.LN2 * 2) / 3.2, 12);
});

test('of equal scores the earlier document is first, also where the list ends', () => {
  const index = indexOf(['b', 'a', 'a', 'c', 'a', 'a a']);
  const found = (count: number): number[] => index.search('a', count).map((hit) => hit.index);
  expect(found(9)).toEqual([5, 1, 2, 4]);
  expect(found(2)).toEqual([5, 1]);
  expect(found(0)).toEqual([]);
});

test('a search gives the head of all scores in order', () => {
  const texts = fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 6 }), { maxLength: 12 });
  fc.assert(
    fc.property(texts, fc.array(fc.constantFrom('a', 'b', 'e')), fc.nat(12), (lists, query, count) => {
      const index = indexOf(lists.map((words) => words.join(' ')));
      const all = Array.from(index.scores(query.join(' ')), (score, i) => ({ index: i, score }))
        .filter(({ score }) => score > 0)
        .sort((x, y) => y.score - x.score || x.index - y.index);
      expect(index.search(query.join(' '), count)).toEqual(all.slice(0, count));
    }),
  );
});

test('texts without terms, unknown terms and an empty index find nothing', () => {
  expect(indexOf([]).search('a', 5)).toEqual([]);
  expect(indexOf(['', '...']).search('a', 5)).toEqual([]);
  expect(indexOf(['a', 'b']).search('c', 5)).toEqual([]);
  expect(indexOf(['a', 'b']).search('', 5)).toEqual([]);
  expect(indexOf(['constructor __proto__']).search('toString', 5)).toEqual([]);
});

test('more documents than the first arrays hold', () => {
  const index = indexOf(Array.from({ length: 5000 }, (_, i) => `word${i} number common`));
  expect(index.size).toBe(5000);
  expect(index.search('4321', 5).map((hit) => hit.index)).toEqual([4321]);
  expect(index.search('common', 3).map((hit) => hit.index)).toEqual([0, 1, 2]);
});

test.each([{ k1: -1 }, { k1: Number.NaN }, { b: 2 }, { b: -0.1 }])('%o is refused', (options) => {
  expect(() => new Bm25Builder(options)).toThrow(/BM25 needs k1 from 0 on and b from 0 to 1; they are /);
});
