// Clients without a package of their own for this: their requests, field by field, over plain fetch.
import assert from 'node:assert/strict';
import { assertRanking, check, documents, key, order, query, url } from './check.mjs';

async function post(path, body, { token = key, headers = {} } = {}) {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, json: await response.json() };
}

// text-embeddings-inference: RerankRequest, RerankResponse and ErrorResponse of its openapi.json.
const texts = documents;
const asked = {
  query,
  raw_scores: false,
  return_text: false,
  texts,
  truncate: false,
  truncation_direction: 'right',
};

await check('text-embeddings-inference shape', async () => {
  const { status, json } = await post('/rerank', asked);
  assert.equal(status, 200);
  assert.ok(json.every((rank) => Object.keys(rank).join() === 'index,score'));
  return assertRanking(json);
});
await check('text-embeddings-inference shape, return_text and raw_scores', async () => {
  const { json } = await post('/rerank', { ...asked, raw_scores: true, return_text: true });
  assert.deepEqual(
    json.map(({ text }) => text),
    order.map((index) => documents[index]),
  );
  return assertRanking(json.map(({ index, score }) => ({ index, score: 1 / (1 + Math.exp(-score)) })));
});
await check('text-embeddings-inference shape, wrong key and wrong request', async () => {
  const stranger = await post('/rerank', asked, { token: 'wrong' });
  const { texts: _, ...lacking } = asked;
  const wrong = await post('/rerank', lacking);
  assert.deepEqual([stranger.status, wrong.status], [401, 422]);
  for (const { json } of [stranger, wrong]) {
    assert.deepEqual(Object.keys(json), ['error', 'error_type']);
    assert.equal(json.error_type, 'Validation');
  }
  return JSON.stringify(wrong.json);
});

// Open WebUI with RAG_EXTERNAL_RERANKER_URL: all scores, put back into the order of the documents by index.
const headers = {
  'X-OpenWebUI-User-Name': 'Ann',
  'X-OpenWebUI-User-Id': '1',
  'X-OpenWebUI-User-Email': 'ann@example.org',
  'X-OpenWebUI-User-Role': 'user',
};
await check("Open WebUI's external reranker", async () => {
  const body = { model: 'reranker', query, documents, top_n: documents.length };
  const { status, json } = await post('/v1/rerank', body, { headers });
  assert.equal(status, 200);
  const sorted = json.results.toSorted((a, b) => a.index - b.index);
  assert.equal(sorted.length, documents.length);
  const results = sorted.map(({ relevance_score: score }, index) => ({ index, score }));
  return assertRanking(results.sort((a, b) => b.score - a.score));
});

await check('Jina shape', async () => {
  const { status, json } = await post('/rerank', {
    model: 'jina-reranker-v2-base-multilingual',
    query,
    documents,
    top_n: 2,
    return_documents: true,
  });
  assert.equal(status, 200);
  assert.equal(json.object, 'list');
  assert.ok(json.usage.total_tokens > 0);
  assert.equal(json.results[0].document.text, documents[order[0]]);
  return assertRanking(
    json.results.map(({ index, relevance_score: score }) => ({ index, score })),
    2,
  );
});
