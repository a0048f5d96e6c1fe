import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operation } from '../../dist/server/pages/openapi-document.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('the OpenAPI document', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ strict: true });
  });
  afterAll(() => server?.close());

  test('has an example for every body, and each is answered', async () => {
    const { json } = await server.get('/openapi.json');
    let sent = 0;
    for (const [path, { post }] of Object.entries<Readonly<Record<string, Operation>>>(json.paths)) {
      const examples = post?.requestBody?.content['application/json']?.examples;
      expect(post === undefined || examples !== undefined, path).toBe(true);
      for (const { value } of Object.values(examples ?? {})) {
        const { status, text } = await server.post(path, value);
        expect(status, `${path}: ${text}`).toBe(200);
        sent += 1;
      }
    }
    expect(sent).toBeGreaterThan(7);
  });

  test('every route has a group', async () => {
    const { json } = await server.get('/openapi.json');
    for (const methods of Object.values<object>(json.paths)) {
      for (const operation of Object.values(methods)) {
        expect(operation.tags).toHaveLength(1);
      }
    }
  });

  test.each(['/', '/docs'])(
    '%s is a page that only it may frame, and that needs no other files',
    async (path) => {
      const { status, headers, text } = await server.get(path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/i);
      const policy = headers.get('content-security-policy') as string;
      expect(policy).toMatch(/^default-src 'none';/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(text).not.toMatch(/(src|href)="(https?:)?\/\//);
    },
  );
});
