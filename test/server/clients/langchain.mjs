// LangChain.js's reranker of Cohere, over its own HTTP client.
import assert from 'node:assert/strict';
import { CohereRerank } from '@langchain/cohere';
import { Document } from '@langchain/core/documents';
import { CohereClient } from 'cohere-ai';
import { assertFails, assertRanking, check, documents, key, order, query, url } from './check.mjs';

const passages = documents.map((pageContent, id) => new Document({ pageContent, metadata: { id } }));
const create = (token) =>
  new CohereRerank({
    model: 'rerank-v3.5',
    topN: documents.length,
    client: new CohereClient({ token, environment: url }),
  });

await check('@langchain/cohere CohereRerank, compressDocuments', async () => {
  const best = await create(key).compressDocuments(passages, query);
  assert.deepEqual(
    best.map(({ pageContent }) => pageContent),
    order.map((index) => documents[index]),
  );
  return assertRanking(best.map(({ metadata }) => ({ index: metadata.id, score: metadata.relevanceScore })));
});
await check('@langchain/cohere CohereRerank, rerank', async () => {
  const best = await create(key).rerank(passages, query, { topN: 2 });
  return assertRanking(
    best.map(({ index, relevanceScore }) => ({ index, score: relevanceScore })),
    2,
  );
});
await check('@langchain/cohere CohereRerank, wrong key', () =>
  assertFails(() => create('wrong').compressDocuments(passages, query), {
    name: 'UnauthorizedError',
    statusCode: 401,
  }),
);
