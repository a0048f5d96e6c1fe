import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutPassages } from '../../dist/retrieval/passages.js';

const textsOf = (text: string, options?: Parameters<typeof cutPassages>[1]): string[] =>
  cutPassages(text, options).map(({ start, end }) => text.slice(start, end));

test('passages end with sentences and overlap by whole ones', () => {
  const text = 'One is here. Two is here. Three is here. Four is here.';
  expect(textsOf(text, { size: 28, overlap: 14 })).toEqual([
    'One is here. Two is here. ',
    'Two is here. Three is here. ',
    'Four is here.',
  ]);
  expect(textsOf(text, { size: 28, overlap: 0 })).toEqual([
    'One is here. Two is here. ',
    'Three is here. Four is here.',
  ]);
});

test('Chinese sentences need no spaces, and their characters count three times', () => {
  expect(textsOf('大熊猫吃竹子。香蕉是黄色的。猫。', { size: 24, overlap: 0 })).toEqual([
    '大熊猫吃竹子。',
    '香蕉是黄色的。',
    '猫。',
  ]);
});

test('numbers and abbreviations do not end a sentence; an empty line does', () => {
  const text = 'It costs 3.50 at www.example.org today.\n\nA heading\n\nThe end';
  expect(textsOf(text, { size: 45, overlap: 0 })).toEqual([
    'It costs 3.50 at www.example.org today.\n\n',
    'A heading\n\nThe end',
  ]);
});

test('a sentence without an end is cut at a space, or where it is full', () => {
  expect(textsOf('abc def ghi jkl', { size: 8, overlap: 0 })).toEqual(['abc def ', 'ghi jkl']);
  expect(textsOf('x'.repeat(20), { size: 8, overlap: 0 })).toEqual([
    'x'.repeat(8),
    'x'.repeat(8),
    'x'.repeat(4),
  ]);
});

test('every letter is in a passage, in order, and none is longer than it may be', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b ', '. ', '。', '熊', '\n', '\n\n', '1.5', '"', '🙂'), {
        maxLength: 200,
      }),
      fc.integer({ min: 4, max: 40 }),
      fc.integer({ min: 0, max: 10 }),
      (parts, size, overlap) => {
        const text = parts.join('');
        let reached = 0;
        for (const { start, end } of cutPassages(text, { size, overlap })) {
          expect(text.slice(reached, start)).not.toMatch(/[\p{L}\p{N}]/u);
          expect(end).toBeGreaterThan(reached);
          reached = end;
          expect(
            [...text.slice(start, end).replaceAll('熊', 'xxx').replaceAll('。', 'xxx')].length,
          ).toBeLessThanOrEqual(size);
        }
        expect(text.slice(reached)).not.toMatch(/[\p{L}\p{N}]/u);
      },
    ),
  );
});

test('a text of many megabytes without an end of a sentence is cut as any other', () => {
  const line = '1.23,value\n';
  const passages = cutPassages(line.repeat(1.2e6));
  expect(passages.at(-1)?.end).toBe(line.length * 1.2e6);
});

test('the time is linear: a megabyte of one letter, or of marks', () => {
  expect(cutPassages('a'.repeat(1e6))).toHaveLength(1000);
  expect(cutPassages('. '.repeat(5e5))).toEqual([]);
  expect(cutPassages('a.'.repeat(5e5))).toHaveLength(1000);
});
