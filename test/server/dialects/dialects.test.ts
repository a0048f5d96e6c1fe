import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openModel } from '../../../dist/engine/open.js';
import { InternalError } from '../../../dist/errors/errors.js';
import { sigmoid } from '../../../dist/math/sigmoid.js';
import { ROUTED_DIALECTS } from '../../../dist/server/dialects/routed.js';
import { someDocuments, startTestServer, type TestServer, until } from '../../support/test-server.js';

const query = 'he in an';
const documents = someDocuments(7);
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ aliases: ['BAAI/bge-reranker-base'] });
});
afterAll(() => server?.close());

/** The logits of the documents, in their order. */
async function logitsOf(documents: readonly string[]): Promise<number[]> {
  const { json } = await server.post('/v1/rerank', { query, documents, raw_scores: true });
  const logits: number[] = [];
  for (const { index, relevance_score } of json.results) {
    logits[index] = relevance_score;
  }
  return logits;
}

describe('every dialect', () => {
  test.each(ROUTED_DIALECTS.flatMap(({ path, dialects }) => dialects.map((dialect) => ({ path, dialect }))))(
    '$path ($dialect.name) answers in the shape that the OpenAPI document gives',
    async ({ path, dialect }) => {
      const texts = dialect.name === 'tei' ? { texts: documents } : { documents };
      const body = dialect.name === 'vllm-score' ? { text_1: query, text_2: documents } : { query, ...texts };
      const { status, json } = await server.post(path, body);
      expect(status).toBe(200);
      expect(dialect.answer.safeParse(json).error).toBeUndefined();
      const scores = (Array.isArray(json) ? json : (json.results ?? json.data)).map(
        (result: { relevance_score?: number; score?: number }) => result.relevance_score ?? result.score,
      );
      expect(scores).toHaveLength(documents.length);
      const logits = await logitsOf(documents);
      const sorted = logits.map(sigmoid);
      if (dialect.name !== 'vllm-score') {
        sorted.sort((a, b) => b - a);
      }
      for (const [i, score] of scores.entries()) {
        expect(score).toBeCloseTo(sorted[i] as number, 5);
      }
    },
  );

  test.each([
    ['/v1/rerank', 400, ['id', 'message', 'detail', 'error']],
    ['/v2/rerank', 400, ['id', 'message']],
    ['/rerank', 422, ['error', 'error_type']],
    ['/voyage/v1/rerank', 400, ['detail']],
    ['/score', 400, ['object', 'message', 'type', 'param', 'code', 'error']],
  ])('%s has errors in its own shape', async (path, expected, fields) => {
    const { status, json, headers } = await server.post(path, { query: 7 });
    expect(status).toBe(expected);
    expect(Object.keys(json)).toEqual(fields);
    expect(headers.get('content-type')).toContain('application/json');
  });
});

describe('/v1/rerank', () => {
  test('takes a body without a JSON content type, as curl -d sends it', async () => {
    const body = JSON.stringify({ model: 'BAAI/bge-reranker-base', query, documents: ['an', 'he in an'] });
    const { status, json } = await server.post('/v1/rerank', body, {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect(status).toBe(200);
    expect(json.results).toHaveLength(2);
    expect(json.meta.score_type).toBe('sigmoid');
    expect(json.meta.model).toMatchObject({ name: 'tiny', dtype: 'float32', backend: 'cpu' });
    expect(json.meta.model.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('scores are those of the library', async () => {
    const logits = await logitsOf(documents);
    const scorer = await openModel(server.folder, { backend: 'cpu' });
    const expected = await scorer.score(documents.map((document) => ({ query, document })));
    scorer.dispose();
    for (const [i, { logits: own }] of expected.entries()) {
      expect(Math.abs((own[0] as number) - (logits[i] as number))).toBeLessThanOrEqual(1e-5);
    }
  });

  test('a pair alone and among neighbours differs by 1e-5 at most', async () => {
    const logits = await logitsOf(documents);
    for (const [i, document] of documents.entries()) {
      const { json } = await server.post('/v1/rerank', { query, documents: [document], raw_scores: true });
      expect(Math.abs(json.results[0].relevance_score - (logits[i] as number))).toBeLessThanOrEqual(1e-5);
    }
  });

  test('both names of a field are understood, null means nothing, and two different values are refused', async () => {
    const { json } = await server.post('/v1/rerank', {
      query,
      texts: documents,
      top_k: 2,
      model: null,
      top_n: null,
    });
    expect(json.results).toHaveLength(2);
    const { status } = await server.post('/v1/rerank', { query, documents, top_n: 1, top_k: 2 });
    expect(status).toBe(400);
  });

  test('objects are returned whole, their id and metadata always', async () => {
    const objects = [
      { id: 'a', text: 'an', metadata: { page: 3 }, other: [1] },
      { id: 'b', text: 'he' },
      'in',
    ];
    const without = await server.post('/v1/rerank', { query, documents: objects });
    const byIndex = (json: { results: { index: number }[] }) =>
      [...json.results].sort((a, b) => a.index - b.index);
    expect(byIndex(without.json)[0]).toMatchObject({ id: 'a', metadata: { page: 3 } });
    expect(byIndex(without.json)[0]).not.toHaveProperty('document');
    const whole = await server.post('/v1/rerank', { query, documents: objects, return_documents: true });
    expect(byIndex(whole.json)).toMatchObject([
      { document: objects[0] },
      { document: objects[1] },
      { document: { text: 'in' } },
    ]);
  });

  test('rank_fields are the text; an object without one is refused with its index', async () => {
    const documents = [{ title: 'he', body: 'in an' }, { title: 'x' }];
    const { status, json } = await server.post('/v1/rerank', {
      query,
      documents,
      rank_fields: ['title', 'body'],
    });
    expect(status).toBe(400);
    expect(json.message).toContain('documents[1]');
    const joined = await server.post('/v1/rerank', {
      query,
      documents: [documents[0], 'he\nin an'],
      rank_fields: ['title', 'body'],
    });
    expect(joined.json.results[0].relevance_score).toBeCloseTo(joined.json.results[1].relevance_score, 6);
  });

  test('min_score, raw_scores and top_n', async () => {
    const { json: all } = await server.post('/v1/rerank', { query, documents, raw_scores: true });
    const logits = all.results.map((result: { relevance_score: number }) => result.relevance_score);
    const middle = (logits[0] + logits.at(-1)) / 2;
    const { json } = await server.post('/v1/rerank', {
      query,
      documents,
      raw_scores: true,
      min_score: middle,
    });
    const above = logits.filter((logit: number) => logit >= middle).length;
    expect(above).toBeGreaterThan(0);
    expect(above).toBeLessThan(documents.length);
    expect(json.results).toHaveLength(above);
    expect(json.meta.score_type).toBe('logit');
    expect(json.usage.total_tokens).toBe(all.usage.total_tokens);
  });

  test('an unknown model is 404 with a list of the served ones; another alias would do', async () => {
    const { status, json } = await server.post('/v1/rerank', { query, documents, model: 'gpt' });
    expect(status).toBe(404);
    expect(json.message).toContain('tiny, BAAI/bge-reranker-base');
    expect((await server.post('/v1/rerank', { query, documents, model: 'owner/tiny' })).status).toBe(200);
  });

  test('unknown fields are ignored with a warning', async () => {
    const { json } = await server.post('/v1/rerank', { query, documents, colour: 'red', constructor: 1 });
    expect(json.meta.warnings).toEqual(['Unknown and ignored: "colour", "constructor".']);
  });

  test('no documents, no results', async () => {
    const { status, json } = await server.post('/v1/rerank', { query, documents: [] });
    expect([status, json.results]).toEqual([200, []]);
  });

  test('used and cut tokens are reported for each document; max_tokens_per_doc cuts', async () => {
    const long = 'an '.repeat(200);
    const { json } = await server.post('/v1/rerank', { query, documents: [long] });
    const [{ tokens }] = json.results;
    expect(tokens.used).toBe(39);
    expect(tokens.document_cut).toBeGreaterThan(100);
    const short = await server.post('/v1/rerank', { query, documents: [long], max_tokens_per_doc: 3 });
    expect(short.json.results[0].tokens.used).toBeLessThan(20);
    expect(short.json.results[0].tokens.used + short.json.results[0].tokens.document_cut).toBe(
      tokens.used + tokens.document_cut,
    );
  });

  test('a long document in windows: nothing is cut, the best window counts', async () => {
    const long = `${'an '.repeat(60)}he in he in he`;
    const body = { query, documents: [long, 'he'], raw_scores: true };
    const { json } = await server.post('/v1/rerank', { ...body, max_chunks_per_doc: 20, overlap_tokens: 4 });
    const result = json.results.find(({ index }: { index: number }) => index === 0);
    expect(result.tokens.document_cut).toBe(0);
    expect(result.chunk.of).toBeGreaterThan(3);
    expect(result.tokens.used).toBeGreaterThan(39 * 3);
    const few = await server.post('/v1/rerank', { ...body, max_chunks_per_doc: 2, overlap_tokens: 4 });
    const cut = few.json.results.find(({ index }: { index: number }) => index === 0);
    expect(cut.chunk.of).toBe(2);
    expect(cut.tokens.document_cut).toBeGreaterThan(0);
    expect(cut.relevance_score).toBeLessThanOrEqual(result.relevance_score + 1e-5);
  });

  test('truncate: false refuses a pair that is too long, and no other', async () => {
    const { status, json } = await server.post('/v1/rerank', {
      query,
      documents: ['an '.repeat(99)],
      truncate: false,
    });
    expect(status).toBe(413);
    expect(json.message).toContain('document 0');
    expect((await server.post('/v1/rerank', { query, documents, truncate: false })).status).toBe(200);
  });

  test('a dry run counts and computes nothing', async () => {
    const before = await server.get('/metrics');
    const { json } = await server.post('/v1/rerank?dry_run', { query, documents });
    expect(json.results).toEqual([]);
    expect(json.meta.dry_run.documents).toHaveLength(7);
    expect(json.meta.dry_run.batches).toBeGreaterThan(0);
    expect(json.meta.dry_run.padding_share).toBeGreaterThan(0);
    const after = await server.get('/metrics');
    const batches = (text: string) => /rerank_batch_sequences_count\S* (\d+)/.exec(text)?.[1];
    expect(batches(after.text)).toBe(batches(before.text));
    const { json: real } = await server.post('/v1/rerank', { query, documents });
    expect(json.usage.total_tokens).toBe(real.usage.total_tokens);
  });

  test('a stream has a line for each document, and the whole answer last', async () => {
    const { text, headers } = await server.post('/v1/rerank', { query, documents, stream: true });
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const answer = lines.pop();
    expect(answer.results).toHaveLength(documents.length);
    expect(lines.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    for (const { index, relevance_score } of lines) {
      expect(answer.results.find((result: { index: number }) => result.index === index).relevance_score).toBe(
        relevance_score,
      );
    }
  });

  test('the log line of a stream has the facts at its end', async () => {
    const headers = { 'X-Request-Id': 'streamed-1' };
    const { text } = await server.post('/v1/rerank', { query, documents, stream: true }, { headers });
    const answer = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '');
    await until(() => server.log.some((line) => line.includes('streamed-1')));
    const lines = server.log.filter((line) => line.includes('streamed-1'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      model: 'tiny',
      documents: documents.length,
      tokens: answer.usage.total_tokens,
      status: 200,
    });
  });

  test('a stream that is refused has the status of the refusal', async () => {
    const { status } = await server.post('/v1/rerank', { query, documents, stream: true, model: 'gpt' });
    expect(status).toBe(404);
  });

  test('a deadline answers with the documents scored by then', async () => {
    const many = someDocuments(1000);
    const { status, json } = await server.post('/v1/rerank', { query, documents: many, deadline_ms: 1 });
    expect(status).toBe(200);
    expect(json.meta.complete).toBe(false);
    expect(json.results).toHaveLength(json.meta.scored_documents);
    const late = await server.post('/v1/rerank', { query, documents, deadline_ms: 50_000 });
    expect(late.json.meta.complete).toBe(true);
  });

  test('times are in Server-Timing, and a client’s request id is returned', async () => {
    const { headers } = await server.post(
      '/v1/rerank',
      { query, documents },
      { headers: { 'X-Request-Id': 'mine-1' } },
    );
    expect(headers.get('server-timing')).toMatch(
      /^tokenize;dur=[\d.]+, queue;dur=[\d.]+, inference;dur=[\d.]+$/,
    );
    expect(headers.get('x-request-id')).toBe('mine-1');
  });
});

describe('other paths', () => {
  test('text-embeddings-inference: times in headers, texts when asked for', async () => {
    const { json, headers } = await server.post('/rerank', {
      query,
      texts: ['an', 'he'],
      return_text: true,
      raw_scores: true,
    });
    expect(json.map(({ text }: { text: string }) => text).sort()).toEqual(['an', 'he']);
    expect(headers.get('x-compute-tokens')).toMatch(/^\d+$/);
    expect(headers.get('x-compute-type')).toBe('cpu');
  });

  test.each([
    ['no JSON', '{', 400, 'Validation'],
    ['fields that are not understood', { query: 1, texts: ['an'] }, 422, 'Validation'],
    ['no texts', { query, texts: [] }, 400, 'Empty'],
    ['too many texts', { query, texts: someDocuments(1001) }, 413, 'Validation'],
    ['a text that may not be cut', { query, texts: ['an '.repeat(99)], truncate: false }, 413, 'Validation'],
  ])('text-embeddings-inference: %s', async (_name, body, expected, type) => {
    const { status, json } = await server.post('/rerank', body);
    expect([status, json.error_type]).toEqual([expected, type]);
  });

  test('text-embeddings-inference: a failure of the model is 424 there, 500 elsewhere, and an error in the log', async () => {
    const { queue } = server.running.models.all[0];
    const score = vi.spyOn(queue, 'score').mockRejectedValue(new InternalError('not a number'));
    onTestFinished(() => score.mockRestore());
    const tei = await server.post(
      '/rerank',
      { query, texts: ['an'] },
      { headers: { 'X-Request-Id': 'tei-424' } },
    );
    expect([tei.status, tei.json.error_type]).toEqual([424, 'Backend']);
    expect(tei.text).not.toContain('not a number');
    expect((await server.post('/rerank', { query, documents: ['an'] })).status).toBe(500);
    const line = server.log.find((line) => line.includes('tei-424')) ?? '';
    expect(JSON.parse(line)).toMatchObject({ level: 50, status: 424, err: { message: 'not a number' } });
  });

  test('vLLM: several first texts need as many second texts', async () => {
    const pairs = await server.post('/score', { text_1: ['an', 'he'], text_2: ['in', 'an'] });
    expect(pairs.json.data.map(({ index }: { index: number }) => index)).toEqual([0, 1]);
    expect((await server.post('/v1/score', { text_1: ['an', 'he'], text_2: ['a', 'b', 'c'] })).status).toBe(
      400,
    );
  });

  test('Voyage: a document is returned as its text', async () => {
    const { json } = await server.post('/voyage/v1/rerank', {
      query,
      documents: ['an'],
      return_documents: true,
      top_k: 1,
    });
    expect(json.data[0].document).toBe('an');
  });

  test('/tokenize in both shapes', async () => {
    const tei = await server.post('/tokenize', { inputs: 'he in', add_special_tokens: false });
    expect(tei.json[0].length).toBeGreaterThan(2);
    for (const { text, start, stop } of tei.json[0]) {
      expect('he in'.slice(start, stop)).toBe(text);
    }
    const vllm = await server.post('/tokenize', { prompt: 'he in', add_special_tokens: false });
    expect(vllm.json.tokens).toEqual(tei.json[0].map(({ id }: { id: number }) => id));
    expect(vllm.json.count).toBe(vllm.json.tokens.length);
  });

  test('/v1/models, /info, /health', async () => {
    expect((await server.get('/v1/models')).json.data[0]).toMatchObject({
      id: 'tiny',
      object: 'model',
      ready: true,
    });
    expect((await server.get('/info')).json).toMatchObject({ model_id: 'tiny', max_input_length: 39 });
    expect((await server.get('/health/ready')).json).toEqual({ status: 'ready' });
    expect((await server.get('/health/live')).status).toBe(200);
  });

  test('an unknown path is 404, a wrong method 405', async () => {
    expect((await server.get('/nothing')).status).toBe(404);
    const { status, headers } = await server.get('/v1/rerank');
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('/openapi.json describes every path', async () => {
    const { json } = await server.get('/openapi.json');
    expect(json.openapi).toBe('3.1.0');
    for (const { path } of ROUTED_DIALECTS) {
      expect(json.paths[path].post.requestBody.content['application/json'].schema).toBeDefined();
    }
    expect(json.paths['/v1/rerank'].post.requestBody.content['application/json'].schema.required).toEqual([
      'query',
    ]);
  });
});
