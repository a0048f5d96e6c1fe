import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type Answer,
  someDocuments,
  startTestServer,
  type TestServer,
  type TestServerOptions,
  until,
} from '../support/test-server.js';

const query = 'he in an';
const small = { query, documents: ['an', 'he'] };
const open: TestServer[] = [];

async function start(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  open.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

describe('what a body may be', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ limits: { maxBodyBytes: 1_000_000, bodyTimeoutMs: 300 } });
  });
  afterAll(() => server?.close());

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a number', '7'],
    ['deep JSON', `{"query":"q","documents":["d"],"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
    ['deep metadata', `{"query":"q","documents":[{"text":"d","m":${'{"a":'.repeat(40)}1${'}'.repeat(40)}}]}`],
    ['wrong types', '{"query":["q"],"documents":"d"}'],
    ['a document that is a number', '{"query":"q","documents":[1]}'],
    ['a document without a text', '{"query":"q","documents":[{"id":1}]}'],
    ['top_n below 0', '{"query":"q","documents":["d"],"top_n":-1}'],
    ['min_score as text', '{"query":"q","documents":["d"],"min_score":"1"}'],
    ['no query', '{"documents":["d"]}'],
    ['no documents', '{"query":"q"}'],
  ])('%s is 400', async (_name, body) => {
    const { status, json } = await server.post('/v1/rerank', body);
    expect(status).toBe(400);
    expect(json.error.message.length).toBeGreaterThan(10);
  });

  test('bytes that are not UTF-8 are 400', async () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]);
    const response = await fetch(`${server.url}/v1/rerank`, { method: 'POST', body });
    expect(response.status).toBe(400);
  });

  test.each([
    ['NUL bytes', 'an\u0000he'],
    ['lone surrogates', '\ud800an\udfff'],
    ['nothing', ''],
    ['blanks', ' \n\t '],
    ['every plane', '\u{1f687}\u{10ffff}\ufdfa'],
  ])('%s in a text is scored', async (_name, text) => {
    const { status, json } = await server.post('/v1/rerank', {
      query: text,
      documents: [text, 'an'],
      return_documents: true,
    });
    expect(status).toBe(200);
    expect(
      json.results.every(({ relevance_score: score }: { relevance_score: number }) => score > 0 && score < 1),
    ).toBe(true);
  });

  test('10 MB is 413, with or without Content-Length', async () => {
    const big = JSON.stringify({ query, documents: ['x'.repeat(10_000_000)] });
    expect((await server.post('/v1/rerank', big)).status).toBe(413);
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('x'.repeat(100_000)));
      },
    });
    const response = await fetch(`${server.url}/v1/rerank`, {
      method: 'POST',
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
  });

  test('a body that comes too slowly is 408', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(server.running.port, '127.0.0.1', () => {
        socket.write('POST /v1/rerank HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"query"');
      });
      socket.on('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408/);
  });

  test('5,000 documents are 413 with the accepted number', async () => {
    const { status, json } = await server.post('/v1/rerank', { query, documents: someDocuments(5000) });
    expect(status).toBe(413);
    expect(json.message).toContain('1000');
  });

  test('after all this it works', async () => {
    expect((await server.post('/v1/rerank', small)).status).toBe(200);
  });
});

describe('limits', () => {
  test('characters and tokens of a request', async () => {
    const server = await start({ limits: { maxCharacters: 1000, maxRequestTokens: 200 } });
    expect((await server.post('/v1/rerank', { query, documents: ['x'.repeat(2000)] })).status).toBe(413);
    const { status, json } = await server.post('/v1/rerank', { query, documents: someDocuments(20) });
    expect([status, json.message]).toEqual([413, expect.stringContaining('200')]);
    expect((await server.post('/v1/rerank', small)).status).toBe(200);
  });

  test('a request that takes too long is 504, and its work is dropped', async () => {
    const server = await start({ limits: { requestTimeoutMs: 50 } });
    const { status } = await server.post('/v1/rerank', { query, documents: someDocuments(1000) });
    expect(status).toBe(504);
    await until(() => server.running.models.all[0].queue.admission.requests === 0);
  });

  test('strict: an unknown field is refused by its name', async () => {
    const server = await start({ strict: true });
    const { status, json } = await server.post('/v1/rerank', { ...small, colour: 'red' });
    expect([status, json.error.type]).toEqual([400, 'unknown_field']);
    expect(json.message).toContain('"colour"');
  });
});

describe('overload', () => {
  test('many requests: some are answered, the others are 429 with Retry-After; then all is well', async () => {
    const server = await start({ limits: { maxQueueTokens: 4000 } });
    const { queue } = server.running.models.all[0];
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => server.post('/v1/rerank', { query, documents: someDocuments(20) })),
    );
    const of = (status: number): Answer[] => answers.filter((answer) => answer.status === status);
    expect(of(200).length).toBeGreaterThan(0);
    expect(of(429).length).toBeGreaterThan(0);
    expect(of(200).length + of(429).length).toBe(60);
    for (const { headers, json } of of(429)) {
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(json.error.type).toBe('overloaded');
    }
    const [first] = of(200);
    for (const { json } of of(200)) {
      expect(json.results).toHaveLength(20);
      expect(json.results[0].index).toBe(first?.json.results[0].index);
    }
    expect(queue.admission).toMatchObject({ tokens: 0, requests: 0 });
    expect((await server.post('/v1/rerank', small)).status).toBe(200);
  });

  test('a client that disconnects leaves the queue', async () => {
    const server = await start();
    const { queue } = server.running.models.all[0];
    const controller = new AbortController();
    const lost = server.post(
      '/v1/rerank',
      { query, documents: someDocuments(1000) },
      { signal: controller.signal },
    );
    lost.catch(() => {});
    await until(() => queue.admission.requests === 1);
    controller.abort();
    await expect(lost).rejects.toThrow();
    await until(() => queue.admission.requests === 0);
    expect(queue.admission.tokens).toBe(0);
    expect((await server.post('/v1/rerank', small)).status).toBe(200);
    await until(() => server.log.some((line) => line.includes('client_closed')));
  });
});

describe('the model’s process dies', () => {
  test('during a batch: its requests are 503, waiting ones are answered, health reports it', async () => {
    const server = await start({ scorer: { maxBatchTokens: 64 } });
    const { queue, remote } = server.running.models.all[0];
    const many = Array.from({ length: 4 }, () =>
      server.post('/v1/rerank', { query, documents: someDocuments(50) }),
    );
    await until(
      async () =>
        Number(/rerank_batch_tokens_count\S* (\d+)/.exec((await server.get('/metrics')).text)?.[1] ?? 0) > 3,
    );
    expect(queue.admission.requests).toBe(4);
    server.killModel();
    await until(() => !remote.isUp);
    expect(await server.get('/health/ready')).toMatchObject({ status: 503, json: { status: 'starting' } });
    expect((await server.get('/health/live')).status).toBe(200);
    const waiting = server.post('/v1/rerank', small);
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    expect(statuses).toContain(503);
    expect(statuses.filter((status) => status !== 503 && status !== 200)).toEqual([]);
    expect(statuses.filter((status) => status === 503).length).toBeLessThan(4);
    expect((await waiting).status).toBe(200);
    expect((await server.get('/health/ready')).status).toBe(200);
    expect(queue.admission).toMatchObject({ tokens: 0, requests: 0 });
    expect((await server.get('/metrics')).text).toContain('rerank_model_losses_total{model="tiny"} 1');
  });
});

describe('the server ends', () => {
  test('under load: every accepted request is answered', async () => {
    const server = await startTestServer();
    const { queue } = server.running.models.all[0];
    const answers = Array.from({ length: 10 }, () =>
      server.post('/v1/rerank', { query, documents: someDocuments(10) }),
    );
    await until(() => queue.admission.requests === 10);
    const closed = server.running.close(60_000);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(await closed).toBe(true);
    await expect(server.get('/health')).rejects.toThrow();
    await server.close();
  });

  test('requests that are not answered at the deadline are 503', async () => {
    const server = await startTestServer();
    const { queue } = server.running.models.all[0];
    const answer = server.post('/v1/rerank', { query, documents: someDocuments(1000) });
    await until(() => queue.admission.requests === 1);
    expect(await server.running.close(1)).toBe(false);
    expect((await answer).status).toBe(503);
    await server.close();
  });
});
