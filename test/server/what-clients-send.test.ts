import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.js';

const query = 'he in an';
const documents = ['an he', 'in', 'an he in'];
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.close());

describe('what clients of other servers send', () => {
  test.each([
    ['top_n 0, from gateways that write their zero values', { top_n: 0 }, 3],
    ['top_k 0 beside top_n', { top_n: 2, top_k: 0 }, 2],
    ['all of them 0', { top_n: 0, max_chunks_per_doc: 0, max_tokens_per_doc: 0, overlap_tokens: 0 }, 3],
    [
      'other zero values',
      { model: '', rank_fields: [], truncation_direction: '', return_documents: false },
      3,
    ],
    ['null', { top_n: null, texts: null, max_chunks_per_doc: null }, 3],
    ['more than there are', { top_n: 4 }, 3],
    ['more than an integer holds', '"top_n": 1000000000000000000000000000000', 3],
    ['more than a number holds', '"top_n": 1e400', 3],
    ['a number in quotes', { top_n: '2' }, 2],
    ['0 in quotes', { top_n: '0' }, 3],
    ['flags in quotes', { return_documents: 'true', truncate: 'True', raw_scores: 'FALSE' }, 3],
    ['fields without effect', { return_len: 'true', user: 'u', priority: 0 }, 3],
    ['the same list twice', { texts: documents }, 3],
    ['the same number twice, once in quotes', { top_n: 2, top_k: '2' }, 2],
    [
      'the same flag twice',
      { truncate: true, truncation: 'true', return_documents: false, return_text: 'False' },
      3,
    ],
  ])('%s', async (_name, extra, count) => {
    const plain = { query, documents };
    const body =
      typeof extra === 'string' ? `${JSON.stringify(plain).slice(0, -1)},${extra}}` : { ...plain, ...extra };
    const { status, json } = await server.post('/v1/rerank', body);
    expect([status, json.results?.length]).toEqual([200, count]);
    expect(json.meta.warnings).toBeUndefined();
    expect(json.meta.score_type).toBe('sigmoid');
  });

  test('objects that are given twice count once, in any order of keys', async () => {
    const objects = [{ id: 1, text: 'an' }];
    const { status } = await server.post('/v1/rerank', {
      query,
      documents: objects,
      texts: [{ text: 'an', id: 1 }],
    });
    expect(status).toBe(200);
  });

  test('on /rerank a list of texts that is null is missing: the answer is that for documents', async () => {
    const { json } = await server.post('/rerank', { query, documents, texts: null });
    expect(json.results).toHaveLength(3);
    expect((await server.post('/rerank', { query, documents: null, texts: documents })).json).toHaveLength(3);
  });

  test.each([
    [{ documents: [1] }, 'documents[0]: a string or an object with text, got a number'],
    [{ documents: ['an', null] }, 'documents[1]: a string or an object with text, got null'],
    [{ documents: ['an', { text: null }] }, 'documents[1] has no text. "text": a string, got null'],
    [{ documents: [{ id: 1 }] }, 'documents[0] has no text. "text": a string, got nothing'],
    [{ documents: [{ a: 1 }], rank_fields: ['a'] }, 'documents[0] has no text. "a": a string, got a number'],
    [{ documents: 'an' }, 'documents: a list, got a string'],
    [{ documents: { text: 'an' } }, 'documents: a list, got an object'],
    [{ documents: undefined }, 'documents: missing'],
    [{ query: undefined }, 'query: a string, got nothing'],
    [{ query: ['q'] }, 'query: a string, got a list'],
    [{ top_n: -1 }, 'top_n: an integer of at least 0, got -1'],
    [{ top_n: 1.5 }, 'top_n: an integer of at least 0, got 1.5'],
    [{ top_n: '1.5' }, 'top_n: an integer of at least 0, got "1.5"'],
    [{ top_n: '-0' }, 'top_n: an integer of at least 0, got "-0"'],
    [{ top_n: '' }, 'top_n: an integer of at least 0, got ""'],
    [{ top_n: [3] }, 'top_n: an integer of at least 0, got a list'],
    [{ top_n: true }, 'top_n: an integer of at least 0, got true'],
    [{ return_documents: 'yes' }, 'return_documents: true or false, got "yes"'],
    [{ return_documents: 1 }, 'return_documents: true or false, got 1'],
    [{ min_score: '0.5' }, 'min_score: a number, got a string'],
    [{ truncation_direction: 'up' }, '"left" or "right" or "Left" or "Right" or "", got "up"'],
    [{ rank_fields: Array(33).fill('a') }, 'rank_fields: at most 32 in the list, got 33'],
    [{ texts: ['in'] }, 'documents and texts mean the same but have different values; send one of them'],
    [{ top_n: 1, top_k: 2 }, 'top_n and top_k mean the same but have different values'],
    [
      { truncate: true, truncation: 'false' },
      'truncate and truncation mean the same but have different values',
    ],
  ])('%j is refused, with what was expected', async (wrong, message) => {
    const { status, json } = await server.post('/v1/rerank', { query, documents, ...wrong });
    expect(status).toBe(400);
    expect(json.message).toContain(message);
  });

  test.each(['/v1/rerank/', '//v1/rerank', '/v1//rerank', '///v1/rerank//', '/v1/rerank/?dry_run=0'])(
    '%s is /v1/rerank, and in the metrics too',
    async (path) => {
      const { status, json } = await server.post(path, { query, documents });
      expect([status, json.object]).toEqual([200, 'rerank']);
      const { json: wrong } = await server.post(path, {});
      expect(wrong.error.type).toBe('invalid_request');
      expect((await server.get('/metrics')).text).not.toMatch(/route="[^"]*(\/\/|.\/")/);
    },
  );

  test.each(['/v1/v1/rerank', '/rerank/rerank', '/v1/rerank/x', '/%2Fv1/rerank'])(
    '%s is none',
    async (path) => {
      expect((await server.post(path, { query, documents })).status).toBe(404);
    },
  );
});

describe('vLLM', () => {
  test.each([
    ['text_1', 'text_2'],
    ['queries', 'documents'],
    ['queries', 'items'],
    ['data_1', 'data_2'],
  ])('%s and %s', async (first, second) => {
    const { status, json } = await server.post('/score', { [first]: query, [second]: documents });
    expect([status, json.data.length]).toEqual([200, 3]);
    expect(json.meta.warnings).toBeUndefined();
  });

  test.each([
    [{ data_1: query }, 'text_2: missing'],
    [
      { data_1: query, data_2: documents, items: ['an'] },
      'data_2 and items mean the same but have different values',
    ],
    [{ data_1: query, data_2: ['an', 1] }, 'data_2[1]: a string, got a number'],
    [{ data_1: { content: [] }, data_2: documents }, 'data_1: a string or a list of strings, got an object'],
  ])('%j is refused', async (body, message) => {
    const { status, json } = await server.post('/v1/score', body);
    expect([status, json.message]).toEqual([400, expect.stringContaining(message)]);
  });
});

describe('/tokenize', () => {
  test('puts special tokens around a text by default', async () => {
    const { json } = await server.post('/tokenize', { inputs: ['he in', ''] });
    const [tokens, none] = json;
    expect(tokens.at(0)).toEqual({ id: 0, text: '<s>', special: true, start: null, stop: null });
    expect(tokens.at(-1)).toEqual({ id: 2, text: '</s>', special: true, start: null, stop: null });
    expect(none.map(({ text }: { text: string }) => text)).toEqual(['<s>', '</s>']);
    for (const flag of [false, 'false']) {
      const bare = await server.post('/tokenize', { inputs: 'he in', add_special_tokens: flag });
      expect(bare.json[0]).toEqual(tokens.slice(1, -1));
    }
    const vllm = await server.post('/tokenize', { prompt: 'he in' });
    expect(vllm.json.tokens).toEqual(tokens.map(({ id }: { id: number }) => id));
    expect(vllm.json.count).toBe(tokens.length);
  });
});

describe('overlap_tokens', () => {
  const long = { query, documents: ['an '.repeat(300)], max_chunks_per_doc: 1000 };

  test('as long as a window is refused; a window less is not', async () => {
    const { json: tokens } = await server.post('/tokenize', { prompt: query, add_special_tokens: false });
    const window = 39 - 4 - tokens.count;
    for (const overlap of [window, window + 1, 1000, 2 ** 60]) {
      const { status, json } = await server.post('/v1/rerank', { ...long, overlap_tokens: overlap });
      expect([status, json.message]).toEqual([400, expect.stringContaining('the overlap must be smaller')]);
    }
    expect((await server.post('/v1/rerank', { ...long, overlap_tokens: window - 1 })).status).toBe(200);
  });

  test('is at most half of a window by default', async () => {
    const { status, json } = await server.post('/v1/rerank', long);
    expect(status).toBe(200);
    expect(json.results[0].chunk.of).toBeLessThan(60);
  });
});
