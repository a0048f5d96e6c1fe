import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startTestServer, type TestServer, type TestServerOptions, until } from '../support/test-server.js';

const query = 'he in an';
const small = { query, documents: ['an', 'he'] };

async function start(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  onTestFinished(() => server.close());
  return server;
}

/** A connection on which `head` was written; resolves with everything received when the other side closes it. */
function open(server: TestServer, head = ''): { socket: Socket; closed: Promise<string> } {
  const socket = connect(server.running.port, '127.0.0.1', () => void socket.write(head));
  let text = '';
  socket.on('data', (data) => {
    text += data.toString();
  });
  const closed = new Promise<string>((resolve, reject) => {
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  return { socket, closed };
}

describe('slow and many connections', () => {
  test('a head that does not come is 408 and its connection closed', async () => {
    const server = await start({ limits: { bodyTimeoutMs: 200 } });
    const { closed } = open(server, 'POST /v1/rerank HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    expect(await closed).toMatch(/^HTTP\/1\.1 408/);
    expect((await server.post('/v1/rerank', small)).status).toBe(200);
  });

  test('a head that is too large is 431', async () => {
    const server = await start();
    const { closed } = open(
      server,
      `GET /info HTTP/1.1\r\nHost: localhost\r\nX-Big: ${'x'.repeat(40_000)}\r\n\r\n`,
    );
    expect(await closed).toMatch(/^HTTP\/1\.1 431/);
  });

  test('more connections than are allowed are closed at once; when others end there is room', async () => {
    const server = await start({ limits: { maxConnections: 2 } });
    const first = open(server, 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const second = open(server, 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    for (const { socket } of [first, second]) {
      await new Promise((resolve) => socket.once('data', resolve));
    }
    const third = open(server);
    expect(await third.closed.catch(() => '')).toBe('');
    first.socket.destroy();
    second.socket.destroy();
    await until(() =>
      server.get('/health/live').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  });

  test('open bodies take no more memory than allowed; when they end there is room', async () => {
    const server = await start({ limits: { maxOpenBytes: 1000 } });
    const waiting = open(
      server,
      'POST /v1/rerank HTTP/1.1\r\nHost: localhost\r\nContent-Length: 990\r\n\r\n{"query"',
    );
    await until(async () => (await server.post('/v1/rerank', small)).status === 429);
    const { status, headers, json } = await server.post('/v1/rerank', small);
    expect([status, json.error.type]).toEqual([429, 'overloaded']);
    expect(headers.get('retry-after')).toBe('1');
    waiting.socket.destroy();
    await until(async () => (await server.post('/v1/rerank', small)).status === 200);
  });
});

describe('small requests that cost much', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ limits: { maxRequestTokens: 20_000 } });
  });
  afterAll(() => server?.close());

  test('a million wrong documents are counted, not looked at', async () => {
    const { status, json } = await server.post(
      '/v1/rerank',
      `{"query":"q","documents":[${'1,'.repeat(999_999)}1]}`,
    );
    expect(status).toBe(413);
    expect(json.message).toContain('1000000 documents');
  });

  test('one field a thousand times makes no text a thousand times as long', async () => {
    const documents = [{ a: 'an '.repeat(100) }];
    const many = { query, documents, rank_fields: Array(1000).fill('a') };
    expect((await server.post('/v1/rerank', many)).status).toBe(400);
    const twice = await server.post('/v1/rerank?dry_run', { query, documents, rank_fields: ['a', 'a'] });
    const once = await server.post('/v1/rerank?dry_run', { query, documents, rank_fields: ['a'] });
    expect(twice.json.meta.dry_run.documents).toEqual(once.json.meta.dry_run.documents);
  });

  test('windows that move by one token are refused by what they would cost', async () => {
    const { status } = await server.post('/v1/rerank', {
      query,
      documents: ['an '.repeat(20_000)],
      max_chunks_per_doc: 2 ** 50,
      overlap_tokens: 15,
    });
    expect(status).toBe(413);
  });

  test('a deadline longer than any timer is no deadline', async () => {
    const { json } = await server.post('/v1/rerank', { ...small, deadline_ms: 2 ** 40 });
    expect(json.meta).toMatchObject({ complete: true, scored_documents: 2 });
  });

  test('__proto__ and its like are fields without a meaning', async () => {
    const body =
      '{"__proto__":{"top_n":1},"constructor":{"prototype":{"x":1}},"query":"he","documents":["an","in"]}';
    const { status, json } = await server.post('/v1/rerank', body);
    expect([status, json.results.length]).toEqual([200, 2]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('unknown names of models and paths create no metrics', async () => {
    for (let i = 0; i < 20; i += 1) {
      await server.post('/v1/rerank', { ...small, model: `made-up-${i}` });
      await server.get(`/made-up-${i}`);
    }
    const { text } = await server.get('/metrics');
    expect(text).not.toContain('made-up');
    expect(text).toContain('route="other"');
  });

  test('line breaks in logged values stay in their line', async () => {
    const id = 'x\u2028{"level":60}';
    await server.post('/v1/rerank', small, { headers: { 'X-Request-Id': encodeURIComponent(id) } });
    await server.post('/v1/rerank', { ...small, model: 'a\n{"level":60}' });
    for (const line of server.log) {
      expect(line.trimEnd().split('\n')).toHaveLength(1);
      expect(JSON.parse(line).level).toBeLessThan(60);
    }
  });
});

describe('/tokenize', () => {
  test('is answered while the queue is full, and refuses too many characters', async () => {
    const server = await start({ limits: { maxQueueTokens: 1000, maxCharacters: 4000 } });
    const { queue } = server.running.models.all[0];
    const leave = queue.admission.enter(1000);
    expect((await server.post('/v1/rerank', small)).status).toBe(429);
    expect((await server.post('/tokenize', { inputs: 'an '.repeat(1300) })).status).toBe(200);
    expect((await server.post('/tokenize', { inputs: 'an '.repeat(1400) })).status).toBe(413);
    leave();
    expect((await server.post('/v1/rerank', small)).status).toBe(200);
    expect(queue.admission).toMatchObject({ tokens: 0, requests: 0 });
  });
});
