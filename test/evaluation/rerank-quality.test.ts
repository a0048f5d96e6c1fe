import { expect, test } from 'vitest';
import { countMissed, firstOfRun, retrieveCandidates } from '../../dist/evaluation/candidates.js';
import { parseMeasures } from '../../dist/evaluation/measures.js';
import { measureReranking } from '../../dist/evaluation/rerank-quality.js';
import { createRandom } from '../../dist/math/random.js';

type Table = Map<string, Map<string, number>>;

const QUESTIONS = 60;
const CANDIDATES = 20;

/** One relevant candidate a question; `goldId` decides its place among equal scores. */
function collect(goldId: string): { qrels: Table; candidates: string[][] } {
  const qrels: Table = new Map();
  const candidates: string[][] = [];
  for (let i = 0; i < QUESTIONS; i++) {
    qrels.set(`q${i}`, new Map([[goldId, 1]]));
    candidates.push([goldId, ...Array.from({ length: CANDIDATES - 1 }, (_, j) => `m${j}`)]);
  }
  return { qrels, candidates };
}

function runOf(candidates: readonly string[][], score: (document: string, place: number) => number): Table {
  return new Map(
    candidates.map((documents, i) => [`q${i}`, new Map(documents.map((id, j) => [id, score(id, j)]))]),
  );
}

const measures = parseMeasures('nDCG@10 RR@10');

test.each(['z', 'a'])('a constant scorer does not beat a random one (relevant id %s)', (goldId) => {
  const { qrels, candidates } = collect(goldId);
  const random = createRandom(1);
  const [quality] = measureReranking(
    qrels,
    runOf(candidates, () => random()),
    runOf(candidates, () => 0),
    measures,
  );
  // With "z" the equal scores happen to put the relevant document first.
  expect(quality?.reranked).toBe(goldId === 'z' ? 1 : 0);
  expect(quality?.ties).toEqual({ questions: QUESTIONS, worst: 0, best: 1 });
  expect(quality?.verdict).toBe('cannot tell');
});

test('a scorer that knows helps, one that does not hurts, the same one changes nothing', () => {
  const { qrels, candidates } = collect('m');
  const random = createRandom(2);
  const noise = runOf(candidates, () => random());
  const good = runOf(candidates, (id) => Number(id === 'm') + random());
  const [helps] = measureReranking(qrels, noise, good, measures);
  expect(helps).toMatchObject({ verdict: 'helps', cap: 1, ties: { questions: 0 } });
  expect(helps?.comparison.p).toBeLessThan(0.001);
  const [hurts] = measureReranking(qrels, good, noise, measures);
  expect(hurts?.verdict).toBe('hurts');
  expect(hurts?.comparison.difference).toBe(-(helps?.comparison.difference ?? 0));
  const [same] = measureReranking(qrels, good, good, measures);
  expect(same).toMatchObject({ verdict: 'cannot tell', comparison: { p: 1, ties: QUESTIONS } });
});

test('a relevant document that is no candidate counts on both sides, and against the cap', () => {
  const qrels = new Map([
    [
      'q0',
      new Map([
        ['a', 1],
        ['lost', 1],
        ['b', 0],
      ]),
    ],
  ]);
  const first = new Map([
    [
      'q0',
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ],
  ]);
  const reranked = new Map([
    [
      'q0',
      new Map([
        ['b', 1],
        ['a', 2],
      ]),
    ],
  ]);
  const [ap] = measureReranking(qrels, first, reranked, parseMeasures('AP'));
  expect(ap).toMatchObject({ firstStage: 1 / 4, reranked: 1 / 2, cap: 1 / 2 });
  expect(countMissed(qrels, first)).toEqual({ relevant: 2, missed: 1 });
});

test('a tie between documents that are equally relevant decides nothing', () => {
  const qrels = new Map([['q0', new Map([['a', 1]])]]);
  const run = new Map([
    [
      'q0',
      new Map([
        ['a', 2],
        ['b', 1],
        ['c', 1],
      ]),
    ],
  ]);
  const [quality] = measureReranking(qrels, run, run, measures);
  expect(quality?.ties).toEqual({ questions: 0, worst: 1, best: 1 });
});

test('candidates come from BM25 or from the beginning of a run', () => {
  const collection = {
    queries: new Map([
      ['q', 'red fox'],
      ['r', '熊猫'],
      ['unjudged', 'fox'],
    ]),
    documents: new Map([
      ['d1', 'a fox'],
      ['d2', 'the red fox'],
      ['d3', '大熊猫吃竹子'],
    ]),
    qrels: new Map([
      ['q', new Map([['d2', 1]])],
      ['r', new Map([['d3', 1]])],
      ['none', new Map([['d1', 1]])],
    ]),
  };
  const plain = (run: Table) => [...run].map(([query, row]) => [query, [...row.keys()]]);
  const found = retrieveCandidates(collection, 2) as Table;
  expect(plain(found)).toEqual([
    ['q', ['d2', 'd1']],
    ['r', ['d3']],
    ['none', []],
  ]);
  const run = new Map([
    [
      'q',
      new Map([
        ['x', 1],
        ['y', 3],
        ['z', 2],
      ]),
    ],
  ]);
  expect(plain(firstOfRun(run, collection.qrels, 2) as Table)).toEqual([
    ['q', ['y', 'z']],
    ['r', []],
    ['none', []],
  ]);
});
