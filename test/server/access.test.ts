import { createHash } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../dist/server/app.js';
import { KeyRing } from '../../dist/server/http/auth.js';
import { Bodies } from '../../dist/server/http/body.js';
import { createLogger } from '../../dist/server/http/logging.js';
import { Metrics } from '../../dist/server/http/metrics.js';
import { assertOwnOrigin } from '../../dist/server/http/origin.js';
import { Quotas } from '../../dist/server/http/quota.js';
import { Lifecycle } from '../../dist/server/lifecycle.js';
import { OPEN_PATHS } from '../../dist/server/routes/health-routes.js';
import { PAGE_PATHS } from '../../dist/server/routes/page-routes.js';
import { DEFAULT_LIMITS } from '../../dist/server/settings.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const KEY = 'secret-one';
const HASHED = createHash('sha256').update('secret-two').digest('hex');
const body = { query: 'he', documents: ['an', 'in'] };
const bearer = (key: string) => ({ headers: { Authorization: `Bearer ${key}` } });

describe('with keys', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({
      keys: [`first ${KEY}`, `second sha256:${HASHED}`],
      requestsPerMinute: 20,
      documentsPerDay: 10,
    });
  });
  afterAll(() => server?.close());

  test('every route except health and the pages needs a key, and so do unknown paths', async () => {
    const deps = {
      models: server.running.models,
      keys: new KeyRing([KEY]),
      quotas: new Quotas({}),
      bodies: new Bodies(DEFAULT_LIMITS),
      metrics: new Metrics(),
      log: createLogger({ write: () => {} }, 'silent'),
      lifecycle: new Lifecycle(),
      settings: {
        limits: DEFAULT_LIMITS,
        explain: 'off' as const,
        strict: false,
        host: '127.0.0.1',
        allowedHosts: [],
        corsOrigins: [],
      },
    };
    const app = createApp(deps, '0');
    const routes = app.routes.filter(({ method, path }) => method !== 'ALL' && !path.includes('*'));
    expect(routes.length).toBeGreaterThan(12);
    const open: string[] = [];
    for (const { method, path } of [
      ...routes,
      { method: 'GET', path: '/none' },
      { method: 'PUT', path: '/v1/rerank' },
    ]) {
      const incoming = { complete: true } as IncomingMessage;
      const { status, headers } = await app.request(path, { method }, { incoming });
      if (status === 401) {
        expect(headers.get('www-authenticate')).toContain('Bearer');
        expect(headers.get('content-type')).toContain('application/json');
      } else {
        open.push(path);
      }
    }
    expect(open.sort()).toEqual([...OPEN_PATHS, ...PAGE_PATHS].sort());
    expect([...OPEN_PATHS, ...PAGE_PATHS].sort()).toEqual([
      '/',
      '/docs',
      '/health',
      '/health/live',
      '/health/ready',
    ]);
  });

  test('the pages reveal nothing about this server: they are the same everywhere', async () => {
    const other = await startTestServer();
    try {
      for (const path of PAGE_PATHS) {
        const [here, there] = await Promise.all([server.get(path), other.get(path)]);
        expect(here.status).toBe(200);
        expect(here.text).toBe(there.text);
        expect(here.text).not.toContain(KEY);
      }
    } finally {
      await other.close();
    }
  });

  test('a plain key and one that is known by its hash are accepted; others are not', async () => {
    expect((await server.post('/v1/rerank', body, bearer(KEY))).status).toBe(200);
    expect((await server.post('/v1/rerank', body, bearer('secret-two'))).status).toBe(200);
    for (const key of ['', 'secret', 'secret-three', `sha256:${HASHED}`, HASHED, 'first']) {
      const { status, headers, json } = await server.post('/v1/rerank', body, bearer(key));
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toContain('Bearer');
      expect(json.message).not.toContain('secret');
    }
    expect(
      (await server.post('/v1/rerank', body, { headers: { Authorization: `Basic ${KEY}` } })).status,
    ).toBe(401);
  });

  test('many bad keys do not keep others out', async () => {
    const storm = Array.from({ length: 300 }, (_, i) => server.post('/v1/rerank', body, bearer(`bad${i}`)));
    const good = await server.get('/v1/models', bearer(KEY).headers);
    expect(good.status).toBe(200);
    expect(new Set((await Promise.all(storm)).map(({ status }) => status))).toEqual(new Set([401]));
  });

  test('documents are counted for each key, refused beyond the quota, and not counted when refused', async () => {
    const many = { query: 'he', documents: Array.from({ length: 9 }, () => 'an') };
    const refused = await server.post('/v1/rerank', many, bearer(KEY)); // 2 of 10 are used
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await server.post('/v1/rerank', { ...many, model: 'none' }, bearer('secret-two'))).status).toBe(
      429,
    );
    const { text } = await server.get('/metrics', bearer(KEY).headers);
    expect(text).toContain('rerank_documents_total{model="tiny",route="/v1/rerank",key="first"} 2');
    expect(text).toContain('rerank_documents_total{model="tiny",route="/v1/rerank",key="second"} 2');
  });

  test('documents that were not scored are given back', async () => {
    const eight = { query: 'he', documents: Array.from({ length: 8 }, () => 'an') };
    for (let i = 0; i < 3; i += 1) {
      expect(
        (await server.post('/v1/rerank', { ...eight, model: 'none' }, bearer('secret-two'))).status,
      ).toBe(404);
    }
    expect((await server.post('/v1/rerank', eight, bearer('secret-two'))).status).toBe(200);
    expect((await server.post('/v1/rerank', body, bearer('secret-two'))).status).toBe(429);
  });

  test('requests beyond the rate are 429, until time passes', async () => {
    let refused = 0;
    for (let i = 0; i < 25; i += 1) {
      refused += (await server.get('/v1/models', bearer('secret-two').headers)).status === 429 ? 1 : 0;
    }
    expect(refused).toBeGreaterThan(0);
  });

  test('no key and no text is in the log', async () => {
    const secret = 'a very private document';
    await server.post('/v1/rerank', { query: secret, documents: [secret], [secret]: 1 }, bearer(KEY));
    await server.post('/v1/rerank', `{"query": "${secret}", "documents": [${secret}]}`, bearer(KEY));
    const log = server.log.join('');
    expect(log).toContain('"key":"first"');
    expect(log).not.toContain('private');
    expect(log).not.toContain('secret-');
  });
});

describe('quotas', () => {
  test('an allowance fills steadily, and no further than its size', () => {
    let now = 0;
    const quotas = new Quotas({ requestsPerMinute: 2 }, () => now);
    const key = { name: 'k' };
    quotas.countRequest(key);
    quotas.countRequest(key);
    expect(() => quotas.countRequest(key)).toThrow('used up its requests');
    quotas.countRequest({ name: 'other' });
    now = 30_000;
    quotas.countRequest(key);
    expect(() => quotas.countRequest(key)).toThrow();
    now = 10_000_000;
    quotas.countRequest(key);
    quotas.countRequest(key);
    expect(() => quotas.countRequest(key)).toThrow();
  });
});

describe('keys in their written form', () => {
  test.each([['a b c'], ['sha256:123'], ['n sha256:xyz'], ['na/me key'], ['k\u00e4y'], ['']])(
    '%s is refused',
    (key) => {
      expect(() => new KeyRing([key])).toThrow();
    },
  );
  test('names must differ', () => {
    expect(() => new KeyRing(['a x', 'a y'])).toThrow('Two API keys');
    expect(() => new KeyRing(['x', 'x'])).toThrow('Two API keys');
  });
  test.each(['abc==', 'abc=def', 'name=sha256:abc', 'a:b/c+d~e!', '='])('%s is a whole key', (key) => {
    expect(new KeyRing([key]).authenticate(`Bearer ${key}`).name).toMatch(/^[0-9a-f]{8}$/);
    expect(new KeyRing([`ann ${key}`]).authenticate(`Bearer ${key}`).name).toBe('ann');
    expect(() => new KeyRing([key]).authenticate(`Bearer ${key.split('=').at(-1)}x`)).toThrow('not valid');
  });
});

describe('without keys', () => {
  const settings = { host: '127.0.0.1', allowedHosts: [] as string[], corsOrigins: [] as string[] };
  const check = (host: string | undefined, origin?: string, more: Partial<typeof settings> = {}) =>
    assertOwnOrigin({ host, origin }, { ...settings, ...more });

  test.each(['127.0.0.1:8080', 'localhost:8080', 'LOCALHOST', '[::1]:80'])(
    'host %s is this machine',
    (host) => {
      expect(() => check(host)).not.toThrow();
    },
  );
  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.0.9'])(
    'host %s is not',
    (host) => {
      expect(() => check(host)).toThrow('is not this server');
    },
  );
  test.each(['', undefined])('no host (%j) is not', (host) => {
    expect(() => check(host)).toThrow('has no Host header');
  });
  test('every address is, if it listens on all; a name must be allowed', () => {
    expect(() => check('192.168.0.9:80', undefined, { host: '0.0.0.0' })).not.toThrow();
    expect(() => check('evil.example', undefined, { host: '0.0.0.0' })).toThrow();
    expect(() =>
      check('reranker.internal', undefined, { allowedHosts: ['reranker.internal'] }),
    ).not.toThrow();
  });
  test('an origin must be its own or a named one', () => {
    expect(() => check('127.0.0.1:80', 'http://127.0.0.1:80')).not.toThrow();
    expect(() => check('127.0.0.1:80', 'http://127.0.0.1:81')).toThrow('may not call');
    expect(() => check('127.0.0.1:80', 'null')).toThrow();
    expect(() =>
      check('127.0.0.1:80', 'https://a.example', { corsOrigins: ['https://a.example'] }),
    ).not.toThrow();
  });

  test('over HTTP: a foreign Host or Origin is 403; a named origin may send Authorization', async () => {
    const server = await startTestServer({ corsOrigins: ['https://a.example'] });
    try {
      expect((await statusWith(server.url, { Host: 'evil.example' })).status).toBe(403);
      expect((await statusWith(server.url, { Origin: 'https://evil.example' })).status).toBe(403);
      const allowed = await statusWith(server.url, { Origin: 'https://a.example' });
      expect(allowed).toMatchObject({ status: 200, allowOrigin: 'https://a.example' });
      const preflight = await fetch(`${server.url}/v1/rerank`, {
        method: 'OPTIONS',
        headers: { Origin: 'https://a.example', 'Access-Control-Request-Method': 'POST' },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    } finally {
      await server.close();
    }
  });
});

/** A request by node:http, because fetch cannot set Host. */
function statusWith(
  url: string,
  headers: Record<string, string>,
): Promise<{ status?: number; allowOrigin: unknown }> {
  return new Promise((resolve, reject) => {
    request(`${url}/v1/models`, { headers }, (response) => {
      response.resume();
      resolve({
        status: response.statusCode as number,
        allowOrigin: response.headers['access-control-allow-origin'],
      });
    })
      .on('error', reject)
      .end();
  });
}
