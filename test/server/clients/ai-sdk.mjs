// The AI SDK's provider of Cohere, and of Together AI.
import assert from 'node:assert/strict';
import { createCohere } from '@ai-sdk/cohere';
import { createTogetherAI } from '@ai-sdk/togetherai';
import { rerank } from 'ai';
import { assertFails, assertRanking, check, documents, key, order, query, url } from './check.mjs';

const providers = {
  '@ai-sdk/cohere': (apiKey) => createCohere({ baseURL: `${url}/v2`, apiKey }).reranking('rerank-v3.5'),
  '@ai-sdk/togetherai': (apiKey) =>
    createTogetherAI({ baseURL: `${url}/v1`, apiKey }).reranking('Salesforce/Llama-Rank-v1'),
};

for (const [name, create] of Object.entries(providers)) {
  const ask = (apiKey, options) =>
    rerank({ model: create(apiKey), query, documents, maxRetries: 0, ...options });
  await check(`ai rerank with ${name}`, async () => {
    const { ranking, rerankedDocuments } = await ask(key);
    assert.deepEqual(
      rerankedDocuments,
      order.map((index) => documents[index]),
    );
    return assertRanking(ranking.map(({ originalIndex, score }) => ({ index: originalIndex, score })));
  });
  await check(`ai rerank with ${name}, topN`, async () => {
    const { ranking } = await ask(key, { topN: 2 });
    return assertRanking(
      ranking.map(({ originalIndex, score }) => ({ index: originalIndex, score })),
      2,
    );
  });
  await check(`ai rerank with ${name}, wrong key`, () =>
    // Its one class for answers that are errors; the message is read from the body by each provider's schema.
    assertFails(() => ask('wrong'), {
      name: 'APICallError',
      statusCode: 401,
      message: /API key is not valid/,
    }),
  );
}

await check('ai rerank with @ai-sdk/cohere, objects', async () => {
  const objects = documents.map((text, id) => ({ id, text }));
  const { rerankedDocuments } = await rerank({
    model: providers['@ai-sdk/cohere'](key),
    query,
    documents: objects,
    topN: 1,
  });
  assert.deepEqual(rerankedDocuments, [objects[order[0]]]);
  return JSON.stringify(rerankedDocuments[0]);
});
