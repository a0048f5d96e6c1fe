import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Inspector } from '../../../dist/inspection/index.js';
import { startTestServer, type TestServer, until } from '../../support/test-server.js';

const query = 'he in an';
const documents = ['the end of the in', 'an he in the 1 of 2', 'of', 'in in in the an'];
/** float32 passes of other batches. */
const DIGITS = 4;

interface Word {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly value: number;
}
interface Result {
  readonly index: number;
  readonly relevance_score: number;
  readonly chunk?: { readonly of: number };
  readonly explanation?: {
    readonly method: string;
    readonly logit: number;
    readonly baseline_logit?: number;
    readonly residual?: number;
    readonly query: readonly Word[];
    readonly document: readonly Word[];
  };
}

let server: TestServer;
let gradients: TestServer;

beforeAll(async () => {
  [server, gradients] = await Promise.all([startTestServer(), startTestServer({ explain: 'gradients' })]);
});
afterAll(() => Promise.all([server?.close(), gradients?.close()]));

/** Waits until the queue is empty. */
const isEmpty = ({ running }: TestServer): boolean => {
  const { tokens, requests } = running.models.all[0].queue.admission;
  return tokens === 0 && requests === 0;
};

describe('explain in a rerank request', () => {
  test.each(['occlusion', 'integrated_gradients'] as const)(
    '%s has the values of the library for every returned result',
    async (method) => {
      const { status, json } = await gradients.post('/v1/rerank', {
        query,
        documents,
        explain: method,
        raw_scores: true,
        top_n: 3,
      });
      expect(status).toBe(200);
      const inspector = await Inspector.load(gradients.folder, { backend: 'cpu', differentiable: true });
      onTestFinished(() => inspector.dispose());
      const results = json.results as Result[];
      expect(results).toHaveLength(3);
      for (const { index, relevance_score, explanation } of results) {
        const document = documents[index] as string;
        const { segments, residual } = await inspector.attribute({ query, document }, { method });
        expect(explanation?.method).toBe(method);
        expect(explanation?.logit).toBeCloseTo(relevance_score, DIGITS);
        const words = [...(explanation?.query ?? []), ...(explanation?.document ?? [])];
        expect(words.map(({ text }) => text)).toEqual(segments.map(({ text }) => text));
        for (const [i, { value }] of words.entries()) {
          expect(value).toBeCloseTo(segments[i]?.value as number, DIGITS);
        }
        expect(explanation?.residual === undefined).toBe(method === 'occlusion');
        expect(explanation?.residual ?? 0).toBeCloseTo(residual ?? 0, DIGITS);
      }
      expect(results.some(({ explanation }) => explanation?.document.some(({ value }) => value !== 0))).toBe(
        true,
      );
      await until(() => isEmpty(gradients));
    },
  );

  test.each([
    { max_tokens_per_doc: 3 },
    { max_tokens_per_doc: 3, truncation_direction: 'left' },
    { truncation_direction: 'left' },
    { max_chunks_per_doc: 6, overlap_tokens: 4 },
    { max_chunks_per_doc: 3, overlap_tokens: 4, truncation_direction: 'left', max_tokens_per_doc: 60 },
  ])('it is about exactly the tokens that were scored: %o', async (fields) => {
    const long = `1 ${'he the an of in '.repeat(9)}the end 2`;
    const { json } = await server.post('/v1/rerank', {
      query: 'the end',
      documents: [long, 'an he'],
      explain: 'occlusion',
      raw_scores: true,
      ...fields,
    });
    const whole = await server.post('/v1/rerank', {
      query: 'the end',
      documents: [long],
      explain: 'occlusion',
    });
    for (const { index, relevance_score, explanation } of json.results as Result[]) {
      expect(explanation?.logit).toBeCloseTo(relevance_score, DIGITS);
      const text = [long, 'an he'][index] as string;
      for (const word of explanation?.document ?? []) {
        expect(word.text).toBe(text.slice(word.start, word.end));
      }
    }
    const ofLong = (json.results as Result[]).find(({ index }) => index === 0)?.explanation?.document;
    expect(ofLong?.length).toBeGreaterThan(0);
    expect(ofLong).not.toEqual(whole.json.results[0].explanation.document);
  });

  test('a query that is cut at its beginning is explained by its end', async () => {
    const query = `1 ${'he the an of in '.repeat(9)}2`;
    const { json } = await server.post('/v1/rerank', {
      query,
      documents: ['an he'],
      explain: 'occlusion',
      raw_scores: true,
      truncation_direction: 'left',
    });
    const [{ relevance_score, explanation, tokens }] = json.results as [
      Result & { tokens: { query_cut: number } },
    ];
    expect(tokens.query_cut).toBeGreaterThan(0);
    expect(explanation?.logit).toBeCloseTo(relevance_score, DIGITS);
    expect(explanation?.query.map(({ text }) => text)).not.toContain('1');
    expect(explanation?.query.at(-1)).toMatchObject({ text: '2', end: query.length });
  });

  test('results beyond the cost limit keep their scores, and the answer says so', async () => {
    const poor = await startTestServer({ limits: { maxExplainTokens: 400 } });
    onTestFinished(() => poor.close());
    const body = { query, documents, raw_scores: true };
    const plain = await poor.post('/v1/rerank', body);
    const { json } = await poor.post('/v1/rerank', { ...body, explain: 'occlusion' });
    const withoutWhy = (results: readonly Result[]) => results.map(({ explanation: _, ...rest }) => rest);
    expect(withoutWhy(json.results)).toEqual(plain.json.results);
    const explained = (json.results as Result[]).map(({ explanation }) => explanation !== undefined);
    const count = explained.filter(Boolean).length;
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(documents.length);
    expect(explained.slice(0, count)).not.toContain(false); // the best first
    expect(json.meta.warnings).toEqual([
      `Explained: ${count} of 4 results. Explanations of one request may compute at most 400 tokens.`,
    ]);
    const { text } = await poor.get('/metrics');
    expect(text).toContain(`rerank_explanations_total{model="tiny",route="/v1/rerank"} ${count}`);
  });

  test('if the queue has no room, or time is over, the scores are still returned', async () => {
    const small = await startTestServer({ limits: { maxQueueTokens: 100 } });
    onTestFinished(() => small.close());
    const { status, json } = await small.post('/v1/rerank', { query, documents, explain: 'occlusion' });
    expect(status).toBe(200);
    expect(json.results).toHaveLength(4);
    expect(json.meta.warnings[0]).toMatch(/^Explained: 0 of 4 results\. .* do not fit into the queue of 100/);
    const late = await server.post('/v1/rerank', { query, documents, explain: 'occlusion', deadline_ms: 1 });
    expect(late.status).toBe(200);
    const all = (late.json.results as Result[]).every(({ explanation }) => explanation !== undefined);
    expect(all).toBe(late.json.meta.warnings === undefined);
    await until(() => isEmpty(small) && isEmpty(server));
  });

  test('a stream has the scores first and the explanations in its last line', async () => {
    const { text } = await server.post('/v1/rerank', {
      query,
      documents,
      explain: 'occlusion',
      stream: true,
    });
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(documents.length + 1);
    expect(lines.slice(0, -1).every((line: Result) => line.explanation === undefined)).toBe(true);
    expect(lines.at(-1).results.every((result: Result) => result.explanation !== undefined)).toBe(true);
  });

  test('disabled and unknown methods are refused', async () => {
    const silent = await startTestServer({ explain: 'off' });
    onTestFinished(() => silent.close());
    const ask = (who: TestServer, explain: string, path = '/v1/rerank') =>
      who.post(path, { query, documents, explain });
    const off = await ask(silent, 'occlusion');
    expect([off.status, off.json.message]).toEqual([
      400,
      'This server explains no scores: it was started with --explain off.',
    ]);
    const costly = await ask(server, 'integrated_gradients');
    expect([costly.status, costly.json.message]).toEqual([
      400,
      'This server explains by occlusion only; integrated_gradients needs a server started with --explain gradients.',
    ]);
    expect((await ask(server, 'magic')).json.message).toContain(
      'explain: "occlusion" or "integrated_gradients", got "magic"',
    );
    const bare = await server.post('/rerank', { query, texts: documents, explain: 'occlusion' });
    expect([bare.status, bare.json.error]).toEqual([
      422,
      'explain: this answer has no place for explanations; use POST /v1/rerank.',
    ]);
    expect((await silent.post('/v1/inspect', { query, documents })).status).toBe(400);
  });

  test('a process that ends during an explanation is an error of this request only', async () => {
    const mortal = await startTestServer({ explain: 'gradients' });
    onTestFinished(() => mortal.close());
    const long = 'he the an of in '.repeat(9);
    const explained = mortal.post('/v1/rerank', {
      query,
      documents: [long, long],
      explain: 'integrated_gradients',
    });
    await until(() => !isEmpty(mortal));
    mortal.killModel();
    expect((await explained).status).toBe(503);
    expect((await mortal.post('/v1/rerank', { query, documents, explain: 'occlusion' })).status).toBe(200);
    await until(() => isEmpty(mortal));
  });

  test('it leaves no tensor behind', async () => {
    const tensors = async (): Promise<string | undefined> => {
      await gradients.post('/v1/rerank', { query, documents });
      return /rerank_tensors\{model="tiny"\} (\d+)/.exec((await gradients.get('/metrics')).text)?.[1];
    };
    const ask = (explain: string) => gradients.post('/v1/rerank', { query, documents, explain });
    await ask('integrated_gradients'); // loads the copy
    const before = await tensors();
    expect(before).toBeDefined();
    await ask('occlusion');
    await ask('integrated_gradients');
    await gradients.post('/v1/inspect', { query, documents, attention: true });
    expect(await tensors()).toBe(before);
  });
});

describe('/v1/inspect', () => {
  test('returns the same JSON as the command, the best first', async () => {
    const { status, json } = await gradients.post('/v1/inspect', { query, documents, attention: true });
    expect(status).toBe(200);
    const ranked = await gradients.post('/v1/rerank', { query, documents });
    expect(json.order).toEqual(ranked.json.results.map(({ index }: Result) => index));
    for (const [rank, inspection] of json.inspections.entries()) {
      expect(inspection.pair).toEqual({ query, document: documents[json.order[rank]] });
      expect(inspection.score).toBeCloseTo(ranked.json.results[rank].relevance_score, DIGITS);
      const methods = inspection.attributions.map(({ method }: { method: string }) => method);
      expect(methods).toEqual(['occlusion', 'integrated_gradients']);
      expect(inspection.depth).toHaveLength(3);
      expect(inspection.attention).toBeDefined();
    }
  });

  test('is the report page if HTML is accepted, opened at the first given document', async () => {
    const body = { query, documents: documents.toReversed() };
    const { status, text, headers } = await server.post('/v1/inspect', body, {
      headers: { Accept: 'text/html' },
    });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    const { json } = await server.post('/v1/inspect', body);
    const opened = json.order.indexOf(0);
    expect(text).toContain(`id="choose-${opened}" aria-controls="document-${opened}" aria-selected="true"`);
    expect([...text.matchAll(/aria-selected="true"/g)]).toHaveLength(1);
  });

  test('costs no more than is allowed, and needs a key if there are keys', async () => {
    const poor = await startTestServer({ limits: { maxExplainTokens: 400 }, keys: ['secret'] });
    onTestFinished(() => poor.close());
    const body = { query, documents };
    expect((await poor.post('/v1/inspect', body)).status).toBe(401);
    const headers = { Authorization: 'Bearer secret' };
    const { status, json } = await poor.post('/v1/inspect', body, { headers });
    expect(status).toBe(413);
    expect(json.message).toMatch(/may compute up to \d+ tokens; at most 400 are allowed for one request/);
    const few = await poor.post('/v1/inspect', { query, documents: ['of'] }, { headers });
    expect(few.status).toBe(200);
  });

  test('names what is wrong in a request', async () => {
    const message = async (body: object) => (await server.post('/v1/inspect', body)).json.message;
    expect(await message({ query, documents: [] })).toContain('documents: ');
    expect(await message({ query })).toContain('documents: ');
    expect(await message({ query, documents: Array(17).fill('an') })).toContain('documents: ');
    expect(await message({ query, documents, methods: ['magic'] })).toContain('methods[0]: ');
  });
});

test('a model in two threads is explained too, by a copy where layers are asked for', async () => {
  const threaded = await startTestServer({ scorer: { backend: 'wasm', threads: 2 } });
  onTestFinished(() => threaded.close());
  const { json } = await threaded.post('/v1/rerank', {
    query,
    documents,
    explain: 'occlusion',
    raw_scores: true,
  });
  for (const { relevance_score, explanation } of json.results as Result[]) {
    expect(explanation?.logit).toBeCloseTo(relevance_score, DIGITS);
  }
  const { status, json: inspected } = await threaded.post('/v1/inspect', { query, documents });
  expect(status).toBe(200);
  expect(inspected.inspections[0].logit).toBeCloseTo(json.results[0].relevance_score, DIGITS);
});
