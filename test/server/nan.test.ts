import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openModel } from '../../dist/engine/open.js';
import { InternalError } from '../../dist/errors/errors.js';
import { Reranker } from '../../dist/reranker/reranker.js';
import { parseLines, runCli } from '../support/run-cli.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const query = 'he in an';
const BAD = 'he k an';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ scorer: { maxBatchTokens: 512 }, poisoned: 'k' });
});
afterAll(() => server?.close());

describe('an input for which the model gives NaN fails without its neighbours', () => {
  test('in the server: one request of thirty, whose documents share batches', async () => {
    const alone = await server.post('/v1/rerank', { query, documents: ['an he', 'in'] });
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        server.post('/v1/rerank', { query, documents: i === 7 ? [BAD, 'in'] : ['an he', 'in'] }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(
      Array.from({ length: 30 }, (_, i) => (i === 7 ? 500 : 200)),
    );
    for (const { json } of answers.filter(({ status }) => status === 200)) {
      for (const [i, { index, relevance_score }] of json.results.entries()) {
        expect(index).toBe(alone.json.results[i].index);
        expect(relevance_score).toBeCloseTo(alone.json.results[i].relevance_score, 6);
      }
    }
    expect(server.log.find((line) => line.includes('"status":500'))).toContain(
      'documents[0]: the model gave',
    );
    expect(server.running.models.all[0].queue.admission).toMatchObject({ tokens: 0, requests: 0 });
  });

  test('in one window of many', async () => {
    const documents = [`${'an '.repeat(100)}k ${'he '.repeat(100)}`, 'in'];
    const body = { query, documents, max_chunks_per_doc: 20, overlap_tokens: 4 };
    expect((await server.post('/v1/rerank', body)).status).toBe(500);
    expect((await server.post('/v1/rerank', { ...body, max_chunks_per_doc: 2 })).status).toBe(200);
  });

  test('in a stream: its last line says so', async () => {
    const body = { query, documents: [...Array(200).fill('an'), BAD, 'he'], stream: true };
    const { text } = await server.post('/v1/rerank', body);
    expect(JSON.parse(text.trimEnd().split('\n').at(-1) as string)).toMatchObject({
      error: { type: 'internal' },
    });
  });

  test('in the library', async () => {
    const scorer = await openModel(server.folder, { backend: 'cpu' });
    const reranker = new Reranker(scorer);
    const pairs = ['an he', BAD, 'in'].map((document) => ({ query, document }));
    const told: [string, number][] = [];
    const onFailure = ({ message }: Error, index: number) => told.push([message, index]);

    const scores = await reranker.score(pairs, { onFailure });
    const [first, , third] = scores;
    expect(told).toEqual([[expect.stringMatching(/^inputs\[1\]: the model gave a logit/), 1]]);
    expect([first?.logit, third?.logit].every(Number.isFinite)).toBe(true);
    expect(scores[1]?.logit).toBeNaN();
    await expect(reranker.score(pairs)).rejects.toThrow(InternalError);
    await expect(reranker.score(pairs)).rejects.toThrow(/^inputs\[1\]/);
    await expect(reranker.classify(pairs)).rejects.toThrow(/^inputs\[1\]/);
    await expect(reranker.rank(query, ['an', BAD])).rejects.toThrow(/^documents\[1\]/);
    expect(await scorer.scoreSequences(scorer.encodeIds(pairs).slice(1, 2))).toEqual([[Number.NaN]]);

    const requests = [['an'], ['in', BAD], ['he', 'an']].map((documents) => ({ query, documents }));
    await expect(reranker.rankMany(requests)).rejects.toThrow(/^\[1\]\.documents\[1\]/);
    const rankings = await reranker.rankMany(requests, { onFailure });
    expect(rankings.map(({ length }) => length)).toEqual([1, 0, 2]);
    expect(told.at(-1)).toEqual([expect.stringMatching(/^documents\[1\]/), 1]);

    const long = { query, document: `${'an '.repeat(100)}k` };
    const [windowed] = await reranker.score([long], { onFailure, windows: { maxWindows: 20 } });
    expect(windowed?.logit).toBeNaN();
    reranker.dispose();
  });

  test('on the command line: a line of its own, the others are scored', async () => {
    const lines = ['an he', BAD, 'in'].map((document, id) => JSON.stringify({ id, query, document }));
    const scored = await runCli(['score', '--model', server.folder], `${lines.join('\n')}\n`);
    expect(scored.code).toBe(2);
    expect(parseLines(scored.stdout)).toMatchObject([
      { id: 0, logit: expect.any(Number) },
      { id: 1, line: 2, error: expect.stringContaining('stdin line 2: the model gave a logit') },
      { id: 2, logit: expect.any(Number) },
    ]);
    expect(scored.stderr).toMatch(/\n2 pairs .*; 1 bad line\n$/);

    const requests = [['an'], ['in', BAD]].map((documents, id) => JSON.stringify({ id, query, documents }));
    const ranked = await runCli(
      ['rerank', '--model', server.folder, '--input', '-'],
      `${requests.join('\n')}\n`,
    );
    expect(ranked.code).toBe(2);
    expect(parseLines(ranked.stdout)).toMatchObject([
      { id: 0, results: [{ index: 0 }] },
      { id: 1, line: 2, error: expect.stringContaining('stdin line 2: documents[1]: the model gave') },
    ]);
    expect(ranked.stderr).toContain('1 request answered, 1 bad line.');
  });
});
