import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../../dist/server/index.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { temporaryFolder, writeTinyModel } from '../support/tiny-model.js';

const query = 'he an';
const documents = ['an', 'in the', 'he an in', 'the'];

interface Result {
  readonly index: number;
  readonly relevance_score: number;
}

describe('a server that gives logits', () => {
  let server: TestServer;
  let logits: number[];
  beforeAll(async () => {
    server = await startTestServer({ scorer: { backend: 'cpu', activation: 'identity' } });
    const { json } = await server.post('/v1/rerank', { query, documents, raw_scores: true });
    logits = json.results.map(({ relevance_score }: Result) => relevance_score);
    expect(logits.some((logit) => logit < 0 || logit > 1)).toBe(true);
  });
  afterAll(() => server?.close());

  test.each([
    ['/v1/rerank', { documents }, 'results'],
    ['/v2/rerank', { documents }, 'results'],
    ['/rerank', { documents }, 'results'],
    ['/voyage/v1/rerank', { documents }, 'data'],
  ])('%s, and says so', async (route, body, list) => {
    const { json } = await server.post(route, { query, ...body });
    expect(json[list].map(({ relevance_score }: Result) => relevance_score)).toEqual(logits);
    expect(json.meta.score_type).toBe('logit');
    expect(json.meta.model.activation).toBe('identity');
  });

  test('answers without a place for meta are logits too', async () => {
    const tei = await server.post('/rerank', { query, texts: documents });
    expect(tei.json.map(({ score }: { score: number }) => score)).toEqual(logits);
    const { json } = await server.post('/score', { text_1: query, text_2: documents });
    const scores = json.data.map(({ score }: { score: number }) => score);
    expect([...scores].sort((a, b) => b - a)).toEqual(logits);
  });

  test('min_score is a logit, in the lines of a stream too', async () => {
    const [first = 0, second = 0] = logits;
    const body = { query, documents, min_score: (first + second) / 2 };
    const { json } = await server.post('/v1/rerank', body);
    expect(json.results.map(({ relevance_score }: Result) => relevance_score)).toEqual([first]);
    const { text } = await server.post('/v1/rerank', { query, documents, stream: true });
    const lines = text.trim().split('\n').slice(0, -1);
    const streamed = lines.map((line) => (JSON.parse(line) as Result).relevance_score);
    expect(streamed.sort((a, b) => b - a)).toEqual(logits);
  });

  test('/info and /v1/models say which', async () => {
    expect((await server.get('/info')).json.activation).toBe('identity');
    expect((await server.get('/v1/models')).json.data[0].activation).toBe('identity');
  });
});

test('model obeys config.json; what is not known there is logged', async () => {
  const start = async (activationFn: string) => {
    const folder = writeTinyModel(temporaryFolder());
    const file = path.join(folder, 'config.json');
    const config = JSON.parse(readFileSync(file, 'utf8'));
    config.sentence_transformers = { activation_fn: activationFn };
    writeFileSync(file, JSON.stringify(config));
    const log: string[] = [];
    const server = await startServer({
      port: 0,
      models: [{ name: 'tiny', folder, aliases: [] }],
      scorer: { backend: 'cpu', activation: 'model' },
      logStream: { write: (line) => log.push(line) },
    });
    try {
      const info = (await (await fetch(`${server.url}/info`)).json()) as { activation: string };
      return { activation: info.activation, log: log.join('') };
    } finally {
      await server.close();
    }
  };
  const known = await start('torch.nn.modules.linear.Identity');
  expect(known.activation).toBe('identity');
  expect(known.log).not.toContain('names the activation');
  const unknown = await start('my.module.Tanh');
  expect(unknown.activation).toBe('sigmoid');
  expect(unknown.log).toContain('names the activation \\"my.module.Tanh\\"');
});
