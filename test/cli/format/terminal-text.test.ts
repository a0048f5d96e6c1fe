import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutToWidth, displayWidth, padToWidth } from '../../../dist/cli/format/display-width.js';
import { formatBar, formatDuration } from '../../../dist/cli/format/format.js';
import { formatRow } from '../../../dist/cli/format/table.js';
import { visibleLine } from '../../../dist/cli/format/visible.js';

test.each([
  ['plain', 5],
  ['熊猫', 4],
  ['ｆｕｌｌ', 8],
  ['한국어', 6],
  ['é', 1],
  ['e\u0301', 1],
  ['👍🏽', 2],
  ['👩‍👩‍👧‍👦', 2],
  ['🇨🇭', 2],
  ['❤️', 2],
  ['русский', 7],
  ['नि', 2], // a vowel sign that takes a column
  ['ﾊﾟ', 2],
  ['か\u3099', 2],
  ['☰', 2],
  ['a\u200bb', 2],
  ['', 0],
])('%s is %i columns wide', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test('cutting leaves whole characters and says that it cut', () => {
  expect(cutToWidth('abcdef', 6)).toBe('abcdef');
  expect(cutToWidth('abcdef', 5)).toBe('abcd…');
  expect(cutToWidth('熊猫吃竹子', 10)).toBe('熊猫吃竹子');
  expect(cutToWidth('熊猫吃竹子', 9)).toBe('熊猫吃竹…');
  expect(cutToWidth('熊猫吃竹子', 8)).toBe('熊猫吃…');
  expect(cutToWidth('ab👩‍👩‍👧‍👦cd', 4)).toBe('ab…');
  expect(padToWidth('熊', 4)).toBe('熊  ');
});

test('every text fits and contains no control sequence', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.integer({ min: 1, max: 40 }),
      (text, columns) => {
        const line = cutToWidth(visibleLine(text), columns);
        expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u);
      },
    ),
  );
});

test('a document cannot move the cursor, colour the terminal or turn the line around', () => {
  expect(visibleLine('a\r\nb\tc \x1b[31mred\x07 \u009b2J \u202eright')).toBe(
    'a  b c ␛[31mred␇ \ufffd2J right',
  );
});

test('a row has rank, bar, score, logit and the part of the document that fits', () => {
  const row = { rank: 1, relevanceScore: 0.75, logit: 1.0986, text: `\n 大熊猫 ${'x'.repeat(1e6)}` };
  const line = formatRow(row, { columns: 60, colour: false });
  expect(line).toBe('   1  ███████▌    0.7500    1.099  大熊猫 xxxxxxxxxxxxxxxxx…\n');
  expect(displayWidth(line.trimEnd())).toBe(60);
  expect(formatRow(row, { columns: 60, colour: true })).toContain('\x1b[36m███████▌  \x1b[39m');
});

test('bars and durations', () => {
  expect([0, 0.01, 0.5, 0.99, 1, 7].map((fraction) => formatBar(fraction, 4))).toEqual([
    '    ',
    '    ',
    '██  ',
    '████',
    '████',
    '████',
  ]);
  expect([1234, 65_000, 3_723_000].map(formatDuration)).toEqual(['1.2 s', '1:05', '1:02:03']);
});
