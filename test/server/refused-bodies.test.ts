import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer, until } from '../support/test-server.js';
import { WIDE } from '../support/wide.js';

const MB = 1e6;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ limits: { maxBodyBytes: MB } });
});
afterAll(() => server?.close());

/** How a client sends: everything before it reads a byte, like Python's http.client and many others. */
interface Sending {
  readonly path?: string;
  readonly version?: string;
  readonly headers?: readonly string[];
  readonly bytes: number;
  /** Between two parts of 64 kB. */
  readonly pauseMs?: number;
  readonly chunked?: boolean;
  /** Comes on the same connection behind the body. */
  readonly then?: string;
}

/** @returns the received statuses, or the code of the error that broke the connection before everything was sent. */
function send(sending: Sending): Promise<readonly string[]> {
  const {
    path = '/v1/rerank',
    version = '1.1',
    headers = [],
    bytes,
    pauseMs = 0,
    chunked = false,
    then = '',
  } = sending;
  const part = Buffer.alloc(65_536, 'x');
  return new Promise((resolve) => {
    const socket = connect(server.running.port, '127.0.0.1');
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve([code ?? '']));
    const write = (data: string | Buffer): Promise<void> =>
      new Promise((written) => socket.write(data, () => written()));
    const run = async (): Promise<void> => {
      const length = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${bytes}`;
      await write(
        [`POST ${path} HTTP/${version}`, 'Host: localhost', length, ...headers, '', ''].join('\r\n'),
      );
      for (let sent = 0; sent < bytes; sent += part.length) {
        const piece = part.subarray(0, bytes - sent);
        await write(
          chunked
            ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
            : piece,
        );
        if (pauseMs > 0) {
          await setTimeout(pauseMs);
        }
      }
      await write((chunked ? '0\r\n\r\n' : '') + then);
      let text = '';
      socket.on('data', (data) => {
        text += data.toString();
        const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status as string);
        if (statuses.length === (then === '' ? 1 : 2) && text.endsWith('}')) {
          resolve(statuses);
          socket.destroy();
        }
      });
    };
    void run();
  });
}

describe('a refusal reaches a client that reads nothing before all is sent', () => {
  test.each<[string, Sending, string]>([
    ['too large', { bytes: 5 * MB }, '413'],
    ['much too large', { bytes: 30 * MB }, '413'],
    ['too large in chunks', { bytes: 5 * MB, chunked: true }, '413'],
    ['too large over HTTP/1.0', { bytes: 5 * MB, version: '1.0' }, '413'],
    [
      'too large, of a client that closes afterwards',
      { bytes: 5 * MB, headers: ['Connection: close'] },
      '413',
    ],
    ['too large and slow', { bytes: 5 * MB, pauseMs: 20 }, '413'],
    ['compressed', { bytes: 5 * MB, headers: ['Content-Encoding: gzip'] }, '415'],
    ['of no path', { path: '/nowhere', bytes: 5 * MB }, '404'],
    ['of a path that takes none', { path: '/info', bytes: 5 * MB }, '405'],
    ['from a foreign page', { bytes: 5 * MB, headers: ['Origin: http://evil.example'] }, '403'],
  ])('%s', async (_name, sending, status) => {
    for (let i = 0; i < (sending.pauseMs === undefined ? 5 : 1); i += 1) {
      expect(await send(sending)).toEqual([status]);
    }
  });

  test('the next request on the same connection is answered', async () => {
    const then = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n';
    expect(await send({ path: '/nowhere', bytes: 5 * MB, then })).toEqual(['404', '200']);
  });

  test('beyond 32 MiB the connection ends', async () => {
    expect(await send({ bytes: 60 * MB })).toEqual([expect.stringMatching(/EPIPE|ECONNRESET/)]);
  });

  if (WIDE) {
    test('after 10 s the connection ends', async () => {
      const startedAt = performance.now();
      const slow = send({ bytes: 20 * MB, pauseMs: 50 });
      expect(await slow).toEqual([expect.stringMatching(/EPIPE|ECONNRESET/)]);
      const seconds = (performance.now() - startedAt) / 1000;
      expect(seconds).toBeGreaterThan(9);
    });
  }

  test('nothing of the body is kept', async () => {
    const before = process.memoryUsage.rss();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send({ bytes: 20 * MB })));
    expect(answers).toEqual(Array(20).fill(['413']));
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * MB);
  });

  test('a client that leaves in mid-body leaves nothing behind', async () => {
    const socket = connect(server.running.port, '127.0.0.1');
    socket.write('POST /v1/rerank HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\nxxx');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await until(
      async () => (await server.post('/v1/rerank', { query: 'he', documents: ['an'] })).status === 200,
    );
  });
});

test('a compressed body is 415, which says how to send it', async () => {
  const small = { query: 'he', documents: ['an'] };
  for (const coding of ['gzip', 'br', 'identity, zstd', 'GZIP']) {
    const { status, json, headers } = await server.post('/v1/rerank', small, {
      headers: { 'Content-Encoding': coding },
    });
    expect(status).toBe(415);
    expect(json.message).toContain('send it without one');
    expect(headers.get('accept-encoding')).toBe('identity');
  }
  const plain = await server.post('/v1/rerank', small, { headers: { 'Content-Encoding': 'Identity' } });
  expect(plain.status).toBe(200);
});

test('HTTP/1.0 without Host is answered for health only, if there are no keys', async () => {
  const ask = (path: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(server.running.port, '127.0.0.1', () =>
        socket.write(`GET ${path} HTTP/1.0\r\n\r\n`),
      );
      let text = '';
      socket.on('data', (data) => {
        text += data.toString();
      });
      socket.on('close', () => resolve(text));
    });
  for (const path of ['/health', '/health/live', '/health/ready', '/health/', '//health']) {
    expect(await ask(path)).toMatch(/^HTTP\/1\.1 200.*"status"/s);
  }
  expect(await ask('/info')).toMatch(/^HTTP\/1\.1 403.*has no Host header/s);
});

test('an invalid address is 400 with a message', async () => {
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(server.running.port, '127.0.0.1', () =>
      socket.write('GET /info HTTP/1.1\r\nHost: a b\r\n\r\n'),
    );
    socket.once('data', (data) => resolve(data.toString()));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400.*header Host is not valid/s);
});

test('many simultaneous requests print no warning of Node’s', async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error): unknown => warnings.push(warning);
  process.on('warning', listen);
  const one = { query: 'he', documents: ['an'] };
  const answers = await Promise.all(Array.from({ length: 60 }, () => server.post('/v1/rerank', one)));
  await setTimeout(50); // warnings come in a turn of their own
  process.off('warning', listen);
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(warnings).toEqual([]);
});
