import { expect, test } from 'vitest';
import { InputError } from '../../dist/errors/errors.js';
import { startServer } from '../../dist/server/index.js';
import { temporaryFolder, writeTinyModel } from '../support/tiny-model.js';

test('a program starts the server with its own options, and the defaults of the command line', async () => {
  const log: string[] = [];
  const server = await startServer({
    port: 0,
    models: [{ name: 'tiny', folder: writeTinyModel(temporaryFolder()), aliases: ['other'] }],
    scorer: { backend: 'cpu' },
    keys: ['k1'],
    limits: { maxDocuments: 2 },
    logStream: { write: (line) => log.push(line) },
  });
  const post = (documents: readonly string[], key = 'k1') =>
    fetch(`${server.url}/v1/rerank`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'other', query: 'he', documents }),
    });
  try {
    expect(server.models).toEqual(['tiny']);
    const response = await post(['an', 'in']);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ model: 'tiny', results: [{}, {}] });
    expect((await post(['an', 'in', 'he'])).status).toBe(413);
    expect((await post(['an'], 'k2')).status).toBe(401);
    expect(log.join('')).toContain('"listening"');
  } finally {
    expect(await server.close()).toBe(true);
  }
});

test('a public address needs keys, or auth: false', async () => {
  await expect(startServer({ host: '0.0.0.0' })).rejects.toThrow(InputError);
});
