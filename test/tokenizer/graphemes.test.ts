import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextGrapheme } from '../../dist/tokenizer/graphemes.js';

/** Pictures, joiners, marks that extend, a mark that takes space, a modifier, a letter, a sign that is a picture too. */
const PARTS = ['👨', '👩', '\u200d', '\u0301', '\u0903', '🏽', 'a', '™', '\ufe0f', '\u0600'] as const;

/** Where graphemes begin, by what gives those of several characters. */
function boundaries(text: string): number[] {
  const inside = new Set<number>();
  for (let at = 0; at < text.length; ) {
    const next = nextGrapheme(text, at);
    if (next === undefined) break;
    for (let i = next.start + 1; i < next.end; i++) inside.add(i);
    at = next.end;
  }
  const starts: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const isSecondHalf = i > 0 && (text.codePointAt(i - 1) ?? 0) > 0xffff;
    if (!inside.has(i) && !isSecondHalf) starts.push(i);
  }
  return starts;
}

test('a second joiner, or a mark after it, separates two pictures', () => {
  expect(boundaries('👨\u200d™\u0301')).toEqual([0]);
  expect(boundaries('👨\u200d\u200d™\u0301')).toEqual([0, 4]);
  expect(boundaries('👨\u200d\u0301\u200d™')).toEqual([0, 5]);
});

test('the boundaries of pictures and marks are those of Intl.Segmenter', () => {
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const line = fc.array(fc.constantFrom(...PARTS), { maxLength: 10 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(line, (text) => {
      expect(boundaries(text)).toEqual(Array.from(segmenter.segment(text), ({ index }) => index));
    }),
    { numRuns: 2000 },
  );
});
