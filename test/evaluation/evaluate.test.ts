import { expect, test } from 'vitest';
import { evaluate, parseMeasures, parseQrels, parseRun, rankDocuments } from '../../dist/evaluation/index.js';

const value = (qrels: string, run: string, measure: string): number =>
  evaluate(parseQrels(qrels), parseRun(run), measure).measures.get(measure) ?? Number.NaN;

test('scores that only doubles tell apart are no tie', () => {
  // In float32 both are 1, and "b" would be first.
  expect(value('q 0 a 1', 'q Q0 a 1 1.00000000000001 x\nq Q0 b 2 1.0 x', 'RR')).toBe(1);
  expect(value('q 0 b 1', 'q Q0 a 1 1.00000000000001 x\nq Q0 b 2 1.0 x', 'RR')).toBe(1 / 2);
  // Beyond what float32 holds.
  expect(value('q 0 a 1', 'q Q0 a 1 1e300 x\nq Q0 b 2 1e299 x', 'RR')).toBe(1);
});

test('of equal scores the largest id is first, as bytes of UTF-8, whatever the rank column says', () => {
  const ids = ['b', 'a', 'B', 'ab', '\uffee', '\u{20bb7}', 'é', 'z'];
  expect(rankDocuments(new Map(ids.map((id) => [id, 1])))).toEqual(
    [...ids].sort((a, b) => Buffer.compare(Buffer.from(b), Buffer.from(a))),
  );
  expect(value('q 0 a 1', 'q Q0 a 1 0.5 x\nq Q0 b 2 0.5 x', 'RR')).toBe(1 / 2);
});

test('values worked out by hand', () => {
  const qrels = 'q 0 a 3\nq 0 b 1\nq 0 c 0\nq 0 d 2';
  const run = 'q Q0 b 1 4 x\nq Q0 e 2 3 x\nq Q0 a 3 2 x\nq Q0 c 4 1 x';
  const dcg = 1 + 3 / 2;
  const ideal = 3 + 2 / Math.log2(3) + 1 / 2; // with d, which was not found
  expect(value(qrels, run, 'nDCG')).toBeCloseTo(dcg / ideal, 12);
  expect(value(qrels, run, 'nDCG@2')).toBeCloseTo(1 / (3 + 2 / Math.log2(3)), 12);
  expect(value(qrels, run, 'AP')).toBeCloseTo((1 + 2 / 3) / 3, 12);
  expect(value(qrels, run, 'P@5')).toBeCloseTo(2 / 5, 12);
  expect(value(qrels, run, 'R@2')).toBeCloseTo(1 / 3, 12);
  expect(value(qrels, run, 'Judged@3')).toBeCloseTo(2 / 3, 12);
  expect(value(qrels, run, 'Judged@100')).toBeCloseTo(3 / 4, 12);
});

test('a query without results counts as 0, one without judgments not at all', () => {
  const { measures, queries } = evaluate(
    parseQrels('q1 0 a 1\nq2 0 a 1\nq3 0 a -1'),
    parseRun('q1 Q0 a 1 1 x\nq3 Q0 a 1 1 x\nq9 Q0 b 1 1 x'),
    'nDCG@10 RR Judged@1',
  );
  expect(Object.fromEntries(measures)).toEqual({ 'nDCG@10': 1 / 3, RR: 1 / 3, 'Judged@1': 2 / 3 });
  expect([...queries.keys()]).toEqual(['q1', 'q2', 'q3']);
});

test.each(['', 'ndcg@10', 'nDCG@0', 'nDCG@-1', 'nDCG@1.5', 'P', 'R', 'Judged', 'MAP', 'toString', 'AP RR@x'])(
  'the measures %j are refused',
  (names) => {
    expect(() => parseMeasures(names)).toThrow(/Measures are nDCG nDCG@k AP/);
  },
);

test('measures with commas, spaces, and one twice', () => {
  expect(parseMeasures(' nDCG@10,AP\tRR@10 AP').map(({ name }) => name)).toEqual(['nDCG@10', 'AP', 'RR@10']);
});
