import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ModelSpec } from '../../dist/server/settings.js';
import { type CheckpointForm, FORMS, PAIRS, TOGETHER, writeForm } from '../support/checkpoint-forms.js';
import { type Answer, startTestServer, type TestServer } from '../support/test-server.js';
import { WIDE } from '../support/wide.js';

const WIDELY = ['no prefix', 'sentencepiece.bpe.model alone'];
/**
 * Each model is a process, so only some forms are served: those that routes could distinguish from the plain one. All
 * forms are tested through the library and the command line.
 */
const SERVED = FORMS.filter(({ name }) =>
  ['plain', 'cut at the beginning', TOGETHER.name].concat(WIDE ? WIDELY : []).includes(name),
);
const [PAIR] = PAIRS;
const BODY = { query: PAIR.query, documents: [PAIR.document, 'a dog in it', 'b'] };

let parent: string;
let server: TestServer;
beforeAll(async () => {
  parent = mkdtempSync(path.join(tmpdir(), 'checkpoint-forms-server-'));
  const models: ModelSpec[] = [];
  for (const form of SERVED)
    models.push({ name: form.name, folder: await writeForm(parent, form), aliases: [] });
  server = await startTestServer({ explain: 'gradients', models: models as [ModelSpec, ...ModelSpec[]] });
}, 600_000);
afterAll(async () => {
  await server?.close();
  rmSync(parent, { recursive: true, force: true });
});

/** The answers of every route that takes a model, for one model. */
async function askRoutes({ name: model }: CheckpointForm): Promise<Record<string, unknown>> {
  const said: Record<string, unknown> = {};
  const ask = async (route: string, body: object): Promise<void> => {
    const answer: Answer = await server.post(route, { model, ...body });
    expect(`${route}: ${answer.status} ${answer.status === 200 ? '' : answer.text}`).toBe(`${route}: 200 `);
    const {
      id: _,
      model: __,
      meta: ___,
      ...rest
    } = Array.isArray(answer.json) ? { answer: answer.json } : answer.json;
    said[route] = rest;
  };
  for (const route of ['/v1/rerank', '/v2/rerank', '/rerank', '/voyage/v1/rerank']) await ask(route, BODY);
  await ask('/v1/rerank', { ...BODY, explain: 'occlusion' });
  await ask('/rerank', { query: BODY.query, texts: BODY.documents, raw_scores: true });
  for (const route of ['/score', '/v1/score']) {
    await ask(route, { text_1: BODY.query, text_2: BODY.documents });
  }
  await ask('/tokenize', { inputs: PAIR.document });
  for (const method of ['occlusion', 'integrated_gradients']) {
    await ask('/v1/inspect', { query: PAIR.query, documents: [PAIR.document], method });
    said[method] = said['/v1/inspect'];
  }
  delete said['/v1/inspect'];
  return said;
}

test('every form is listed, and its oddities are in the log', async () => {
  const { data } = (await server.get('/v1/models')).json;
  expect(data.map(({ id }: { id: string }) => id)).toEqual(SERVED.map(({ name }) => name));
  const warned = server.log.map((line) => JSON.parse(line)).filter(({ warning }) => warning !== undefined);
  expect(warned).toMatchObject([{ model: TOGETHER.name, warning: expect.stringMatching(/does not use: /) }]);
});

test.each(SERVED)('$name answers on every route', async (form) => {
  const said = await askRoutes(form);
  if (form.same) {
    const plain = await askRoutes(SERVED[0] as CheckpointForm);
    const withoutModel = (value: unknown): string =>
      JSON.stringify(value, (key, part) => (/^(model|timing|created|.*_ms)$/.test(key) ? undefined : part));
    expect(withoutModel(said)).toBe(withoutModel(plain));
  }
});

test('a request decides where its texts are cut, else the model does', async () => {
  const logitOf = async (model: string, more: object = {}): Promise<number> => {
    const documents = ['a cat is in it and on the b'];
    const { json } = await server.post('/v1/rerank', {
      model,
      query: 'a',
      documents,
      raw_scores: true,
      ...more,
    });
    return json.results[0].relevance_score;
  };
  const left = await logitOf('cut at the beginning');
  expect(await logitOf('cut at the beginning', { truncation_direction: 'left' })).toBe(left);
  expect(await logitOf('cut at the beginning', { truncation_direction: 'Right' })).not.toBe(left);
});
