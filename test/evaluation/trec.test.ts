import { expect, test } from 'vitest';
import { parseQrels, parseRun } from '../../dist/evaluation/index.js';

const plain = (table: Map<string, Map<string, number>>) =>
  Object.fromEntries([...table].map(([query, row]) => [query, Object.fromEntries(row)]));

test('qrels with a byte order mark, CRLF, tabs, comments and blank lines', () => {
  expect(plain(parseQrels('\ufeff1 0 a 1\r\n\r\n# a comment\n1\t0\tb#2\t-1\r\n 2  Q0  a  3 \n'))).toEqual({
    '1': { a: 1, 'b#2': -1 },
    '2': { a: 3 },
  });
});

test("BEIR's qrels, with and without names; ids may have spaces", () => {
  const rows = { '1': { 'a b': 2 }, '2': { c: 0 } };
  expect(plain(parseQrels('query-id\tcorpus-id\tscore\r\n1\ta b\t2\r\n2\tc\t0\r\n'))).toEqual(rows);
  expect(plain(parseQrels('1\ta b\t2\n2\tc\t0'))).toEqual(rows);
});

test('a run in any order, with scores in all forms of a number', () => {
  expect(plain(parseRun('q Q0 a 9 -1.5e-3 x\nq Q0 b 1 .5 x\nq Q0 c 1 7. x\nq Q0 __proto__ 1 +2 x'))).toEqual({
    q: Object.fromEntries([
      ['a', -0.0015],
      ['b', 0.5],
      ['c', 7],
      ['__proto__', 2],
    ]),
  });
});

test.each([
  [parseQrels, '1 0 a 1\n1 0 a', 'line 2: It has 3 of the 4 columns query, iteration, document, relevance.'],
  [parseQrels, '1 0 a 1 x', 'line 1: It has 5 of the 4 columns'],
  [parseQrels, '1 0 a yes', 'line 1: The relevance is "yes"; it must be a whole number.'],
  [parseQrels, '1 0 a 1.5', 'line 1: The relevance is "1.5"; it must be a whole number.'],
  [parseQrels, '1 0 a 1\n\n1 0 a 1', 'line 3: Document "a" is there twice for query "1".'],
  [parseQrels, '1\ta\t', 'line 1: It has 2 of the 3 columns query-id, corpus-id, score.'],
  [parseQrels, '1\t\t1', 'line 1: An id is empty.'],
  [parseQrels, '', 'has no rows. Each line needs the columns query, iteration, document, relevance.'],
  [parseRun, 'q Q0 a 1 1', 'line 1: It has 5 of the 6 columns query, Q0, document, rank, score, tag.'],
  [parseRun, 'q Q0 a 1 NaN x', 'line 1: The score is "NaN"; it must be a finite number.'],
  [parseRun, 'q Q0 a 1 1e999 x', 'line 1: The score is "1e999"; it must be a finite number.'],
  [parseRun, 'q Q0 a 1 0x10 x', 'line 1: The score is "0x10"; it must be a finite number.'],
  [parseRun, 'q Q0 a 1 1 x\r\nq Q0 a 2 0.5 x', 'line 2: Document "a" is there twice for query "q".'],
  [parseRun, '# nothing\n', 'has no rows.'],
] as const)('%# a table with an error names the line', (parse, text, message) => {
  expect(() => parse(text, 'file.txt')).toThrow(`file.txt ${message}`);
});

test('ids that are not known are errors where they are checked', () => {
  const known = { queries: new Set(['q']), documents: new Map([['a', 1]]) };
  expect(() => parseRun('q Q0 a 1 1 x\nq Q0 b 2 1 x', 'r', known)).toThrow(
    'r line 2: There is no document "b".',
  );
  expect(() => parseQrels('p 0 a 1', 'r', known)).toThrow('r line 1: There is no query "p".');
  expect(plain(parseRun('q Q0 a 1 1 x', 'r', known))).toEqual({ q: { a: 1 } });
});
