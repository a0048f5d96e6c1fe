import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** Values that JavaScript would write differently: numbers, the order of keys, duplicate keys, the prototype's name. */
const METADATA =
  '{"int64":1234567890123456789,"one":1.0,"large":1e400,"zero":-0,"long":0.1000000000000000055,"2":0,"1":0,' +
  '"twice":1,"twice":2,"__proto__":{"text":"x"}}';
const ID = '18446744073709551615';
const DOCUMENT = `{"id":${ID},"text":"an he","metadata":${METADATA}}`;
const DOCUMENTS = `["in",${DOCUMENT}]`;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.close());

describe('fields of a document are returned as they were written', () => {
  test.each([
    ['/v1/rerank', 'documents'],
    ['/v2/rerank', 'documents'],
    ['/rerank', 'documents'],
    ['/voyage/v1/rerank', 'documents'],
    ['/v1/rerank', 'texts'],
  ])('%s with %s, whole and streamed', async (route, name) => {
    const body = `{"query":"he","${name}":${DOCUMENTS},"return_documents":true`;
    const whole = await server.post(route, `${body}}`);
    expect(whole.status).toBe(200);
    expect(whole.headers.get('content-type')).toBe('application/json');
    expect(whole.text).toContain(`"document":${DOCUMENT}`);
    expect(whole.text).toContain(`"id":${ID},"metadata":${METADATA},"document"`);

    const stream = await server.post(route, `${body},"stream":true}`);
    const lines = stream.text.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.filter((line) => line.includes(`"document":${DOCUMENT}`))).toHaveLength(2);
  });

  test('its identity too if documents are not returned; with windows, explanations, a deadline, and a dry run', async () => {
    const long = DOCUMENT.replace('an he', 'an he in '.repeat(40));
    const more = ',"max_chunks_per_doc":3,"overlap_tokens":4,"explain":"occlusion","deadline_ms":600000';
    const { status, text } = await server.post('/v1/rerank', `{"query":"he","documents":[${long}]${more}}`);
    expect(status).toBe(200);
    expect(text).toContain('"chunk":');
    expect(text).toContain('"explanation":');
    expect(text).toContain(`"id":${ID},"metadata":${METADATA},"tokens"`);
    const dry = await server.post('/v1/rerank', `{"query":"he","documents":[${long}],"dry_run":true}`);
    expect(dry.json.meta.dry_run.documents).toHaveLength(1);
  });

  test('rank_fields, and white space between values: a line of a stream is one line', async () => {
    const pretty = `{ "title" :\t"an",\r\n  "id": 1.50,\n\n  "text": "he\\n\\"]}," }`;
    const body = `\n{"query":"he","rank_fields":["title","text"],"return_documents":true,"stream":true,\n"documents" : [ ${pretty} ,\n"in" ] }`;
    const { status, text } = await server.post('/v1/rerank', body);
    expect(status).toBe(200);
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines.at(-1) as string).results).toHaveLength(2);
    expect(text).toContain('"id": 1.50,"text": "he\\n\\"]},"');
  });

  test('the last of two lists counts, and null means none', async () => {
    const body = `{"query":"he","documents":[{"text":"in","id":1}],"documents":null,"texts":[{"text":"an","id":2.0}],"return_text":true}`;
    const { text } = await server.post('/v1/rerank', body);
    expect(text).toContain('"document":{"text":"an","id":2.0}');
  });
});

test.each([
  ['Latin-1', Buffer.from('{"query":"café"}', 'latin1'), 'Byte 14 of the body: the byte 0xE9 is not UTF-8'],
  ['UTF-16', Buffer.from('\ufeff{"query":"q"}', 'utf16le'), 'Byte 1 of the body: the byte 0xFF is not UTF-8'],
  [
    'a character cut short',
    Buffer.from('{"query":"熊').subarray(0, 12),
    'Byte 11 of the body: the byte 0xE7 is not UTF-8',
  ],
])('%s is refused, with the place', async (_, body, message) => {
  const response = await fetch(`${server.url}/v1/rerank`, { method: 'POST', body });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain(`${message}; send a JSON object in UTF-8.`);
});

test('a byte order mark before the body is ignored, and U+FFFD is a character', async () => {
  const { status, text } = await server.post(
    '/v1/rerank',
    '\ufeff{"query":"he","documents":[{"text":"\ufffd","id":1.0}]}',
  );
  expect(status).toBe(200);
  expect(text).toContain('"id":1.0');
});
