import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { runCli } from '../../support/run-cli.js';
import { writeTinyModel } from '../../support/tiny-model.js';

const root = mkdtempSync(path.join(tmpdir(), 'beir-'));
afterAll(() => rmSync(root, { recursive: true }));

const CORPUS = ['red fox', 'the red car', 'fox and dog', 'a dog', 'blue car', '熊猫'];
const model = path.join(root, 'tiny');
mkdirSync(model);
writeTinyModel(model);
const cache = path.join(root, 'cache');
const beir = path.join(root, 'set');
const write = (name: string, text: string): string => {
  const file = path.join(beir, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

beforeEach(() => {
  rmSync(beir, { recursive: true, force: true });
  write(
    'corpus.jsonl',
    lines(CORPUS.map((text, i) => ({ _id: `d${i}`, title: i === 3 ? 'Pets' : '', text }))),
  );
  write(
    'queries.jsonl',
    lines([
      { _id: 'q1', text: 'red' },
      { _id: 'q2', text: 'dog' },
      { _id: 'q3', text: 'zebra' },
    ]),
  );
  write('qrels/test.tsv', 'query-id\tcorpus-id\tscore\nq1\td0\t2\nq1\td5\t1\nq2\td3\t1\nq3\td4\t1\n');
});

const run = (...args: string[]) =>
  runCli(['evaluate', '--beir', beir, '--model', model, '--backend', 'cpu', '--cache', cache, ...args]);

test('evaluate --beir reranks what BM25 finds, and what a second run needs is in the cache', async () => {
  const [trec, report, page] = ['out.run', 'out.json', 'out.html'].map((name) => path.join(root, name)) as [
    string,
    string,
    string,
  ];
  const first = await run('--format', 'json', '--trec-out', trec, '--report', report, '--page', page);
  expect(first.code).toBe(0);
  expect(first.stderr).toMatch(/3 questions x 100 documents: 4 pairs, 4 to score; about \d+\.\d s here\n/);
  expect(readFileSync(report, 'utf8')).toBe(first.stdout);
  expect(readFileSync(page, 'utf8')).toContain('<h1>tiny on 3 questions</h1>');
  const result = JSON.parse(first.stdout);
  expect(result).toMatchObject({ relevant_documents: 4, missed_by_first_stage: 2 });
  expect(result.facts).toMatchObject({
    ...{
      model: 'tiny',
      dtype: 'float32',
      backend: 'cpu',
      questions: 3,
      documents: 6,
      pairs: 4,
      computed_pairs: 4,
    },
    ...{ first_stage: 'BM25', first_stage_settings: { k1: 1.2, b: 0.75 }, reranked: 100, seed: 1 },
  });
  expect(result.facts.weights_sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(result.cap.queries.q1['RR@10']).toBe(1);
  expect(result.cap.queries.q3.AP).toBe(0);

  // trec_eval's way over the written run gives the same numbers.
  const again = await runCli([
    'evaluate',
    '--qrels',
    path.join(beir, 'qrels/test.tsv'),
    '--run',
    trec,
    '--format',
    'json',
  ]);
  expect(JSON.parse(again.stdout)).toEqual({ measures: result.measures, queries: result.queries });

  const second = await run('--format', 'json');
  expect(second.stderr).toContain('4 pairs, all of them scored before');
  const cached = JSON.parse(second.stdout);
  expect(cached.facts.computed_pairs).toBe(0);
  expect({ ...cached, facts: undefined }).toEqual({ ...result, facts: undefined });
});

test('evaluate --beir prints a table, what it rests on, and a verdict', async () => {
  const { stdout } = await run('--measures', 'RR@10', '--per-query', '--rerank', '1', '--max-length', '8');
  expect(stdout).toMatch(/^query {3}RR@10 {2}reranked\nq1 {5}[01]\.\d{4} /);
  expect(stdout).toMatch(
    /\n +first stage +reranked +cap +difference +95 % interval +p +better +same +worse\nRR@10 +/,
  );
  expect(stdout).toContain(
    'Candidates: the first 1 of BM25, k1 1.2, b 0.75; tiny, float32 on cpu, orders them.\n',
  );
  expect(stdout).toMatch(
    /The candidates lack \d of 4 relevant documents; these count as missed on both sides\.\n/,
  );
  expect(stdout).toContain('cut to 8 tokens.');
  expect(stdout).toContain('\nRR@10: reranking changes nothing on 3 questions.\n');
});

test('evaluate --beir takes the candidates of a run, and some of the questions', async () => {
  const file = write('first.run', 'q1 Q0 d1 1 9 x\nq1 Q0 d0 2 8 x\nq1 Q0 d2 3 7 x\nq2 Q0 d3 1 1 x\n');
  const { code, stdout } = await run('--run', file, '--rerank', '2', '--questions', '1', '--format', 'json');
  expect(code).toBe(0);
  const { facts, first_stage } = JSON.parse(stdout);
  expect(facts).toMatchObject({ first_stage: 'first.run', questions: 1, pairs: 2, reranked: 2 });
  expect(first_stage.queries).toMatchObject({ q1: { 'RR@10': 0.5 } });
});

test.each([
  [
    'corpus.jsonl',
    '{"_id": "a", "text": 5}\n',
    'corpus.jsonl line 1: "text" is a number; it must be a string.',
  ],
  [
    'corpus.jsonl',
    '{"_id": "a", "text": "x"}\n{"_id": "a", "text": "y"}',
    'corpus.jsonl line 2: "_id" "a" is there twice.',
  ],
  ['corpus.jsonl', '{"_id": "a"', 'corpus.jsonl line 1: The line is not JSON'],
  ['queries.jsonl', '', 'queries.jsonl is empty.'],
  ['qrels/test.tsv', 'q1\td0\t1\nq7\td0\t1\n', 'test.tsv line 2: There is no query "q7".'],
  ['first.run', 'q1 Q0 d0 1 1 x\nq1 Q0 d77 1 1 x', 'first.run line 2: There is no document "d77".'],
  ['first.run', 'q1 Q0 d0 1 1', 'first.run line 1: It has 5 of the 6 columns'],
])('evaluate --beir with an error in %s (%#) names the line', async (name, text, message) => {
  const file = write(name, text);
  const { code, stdout, stderr } = await run(...(name.endsWith('.run') ? ['--run', file] : []));
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('evaluate --beir says what is missing before it loads a model', async () => {
  expect((await runCli(['evaluate', '--beir', path.join(root, 'nothing')])).stderr).toMatch(
    /is not a folder\. --beir needs/,
  );
  rmSync(path.join(beir, 'qrels/test.tsv'));
  expect((await run()).stderr).toContain(
    'has no .tsv file, but no test.tsv. Say which judgments to take with --qrels.',
  );
  write('qrels/test.tsv', 'q1\td 0\t1\n');
  write('corpus.jsonl', lines([{ _id: 'd 0', text: 'red' }]));
  const spaced = await run('--trec-out', path.join(root, 'never.run'));
  expect(spaced.stderr).toContain('The id "d 0" has blanks');
});

test('a classifier cannot rank', async () => {
  const { code, stderr } = await run(
    '--model',
    writeTinyModel(mkdtempSync(path.join(root, 'labels-')), 'tiny-3-labels'),
  );
  expect(code).toBe(2);
  expect(stderr).toContain('it is a classifier and cannot rank.');
});

test('evaluate --compare puts quality beside speed, and the same options change nothing', async () => {
  const { code, stdout } = await run(
    '--compare',
    'longest_first,8',
    '--measures',
    'RR@10',
    '--format',
    'json',
  );
  expect(code).toBe(0);
  const { systems, facts } = JSON.parse(stdout);
  expect(facts).toMatchObject({ questions: 3, first_stage: 'BM25' });
  expect(systems.map(({ name }: { name: string }) => name)).toEqual(['as given', 'longest_first', '8']);
  const [given, same, short] = systems;
  expect(same).toMatchObject({
    verdict: 'cannot tell',
    p: 1,
    measures: given.measures,
    queries: given.queries,
  });
  expect(same.comparison['RR@10']).toMatchObject({ difference: 0, wins: 0, losses: 0 });
  expect(short.facts).toMatchObject({ max_length: 8, cut_pairs: 4 });
  expect(short.speed).toBeGreaterThan(0);

  const table = await run('--compare', '8', '--measures', 'RR@10');
  expect(table.stdout).toMatch(
    /^ +model +dtype +backend +tokens +RR@10 +speed\nas given +tiny +float32 +cpu +\d+ +0\.\d+ +1\.00\n/,
  );
  expect(table.stdout).toMatch(
    /\n8: \d of 3 questions change, RR@10 [+-]0\.\d{4} \(.*\), \d+\.\d times as fast; no difference can be told\.\n$/,
  );
});

test('evaluate --compare refuses what it does not write', async () => {
  expect((await run('--compare', '8', '--trec-out', path.join(root, 'x.run'))).stderr).toContain(
    '--compare has no --trec-out',
  );
  expect((await run('--compare', '')).stderr).toContain('--compare has an empty variant');
});

const evaluateLists = (text: string, ...args: string[]) =>
  runCli([
    'evaluate',
    '--candidates',
    write('lists.jsonl', text),
    '--model',
    model,
    '--backend',
    'cpu',
    '--cache',
    cache,
    ...args,
  ]);

test('evaluate --candidates takes lists with judgments, in their order', async () => {
  const { code, stdout } = await evaluateLists(
    lines([
      {
        query: 'red',
        documents: [{ text: 'a dog', relevance: 0 }, { id: 7, text: 'red fox', relevance: 2 }, { text: 'x' }],
      },
      {
        id: 'second',
        query: 'dog',
        documents: [
          { id: 7, text: 'red fox' },
          { text: 'the dog', relevance: 1 },
        ],
      },
      { query: 'nothing is judged', documents: ['a'].map((text) => ({ text })) },
    ]),
    ...['--format', 'json', '--measures', 'RR Judged@5'],
  );
  expect(code).toBe(0);
  const { facts, first_stage, cap } = JSON.parse(stdout);
  expect(facts).toMatchObject({ questions: 2, pairs: 5, first_stage: 'lists.jsonl' });
  expect(first_stage.queries).toEqual({
    '1': { RR: 1 / 2, 'Judged@5': 2 / 3 },
    second: { RR: 1 / 2, 'Judged@5': 1 / 2 },
  });
  expect(cap.measures.RR).toBe(1);
});

test.each([
  ['{"query": 1, "documents": []}', 'line 1: "query" is a number; it must be a string.'],
  ['{"query": "q"}', 'line 1: "documents" is missing; it must be a list.'],
  ['{"query": "q", "documents": ["a"]}', 'line 1: "documents"[0].text is missing; it must be a string.'],
  [
    '{"query": "q", "documents": [{"text": "a", "relevance": "yes"}]}',
    '"documents"[0].relevance is "yes"; it must be a whole number.',
  ],
  [
    '{"query": "q", "documents": [{"id": 1, "text": "a"}, {"id": 1, "text": "a"}]}',
    '"documents"[1] has the id of another document',
  ],
  [
    '{"query": "q", "documents": [{"id": 1, "text": "a"}]}\n{"query": "q", "documents": [{"id": 1, "text": "b"}]}',
    'line 2: "documents"[0] has the id of a document with another text, "1".',
  ],
  ['{"query": "q", "documents": [{"text": "a"}]}', 'has no judgments.'],
  ['{"query": "q"', 'line 1: The line is not JSON'],
])('evaluate --candidates %s is refused', async (text, message) => {
  const { code, stderr } = await evaluateLists(text);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test('evaluate --candidates stands alone', async () => {
  expect((await evaluateLists('', '--beir', beir)).stderr).toContain('leave out --beir.');
});
