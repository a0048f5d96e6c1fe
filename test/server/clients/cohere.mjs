// cohere-ai, both of its clients.
import assert from 'node:assert/strict';
import { CohereClient, CohereClientV2 } from 'cohere-ai';
import { assertFails, assertRanking, check, documents, key, order, query, url } from './check.mjs';

const model = 'rerank-v3.5';
const clients = { CohereClient, CohereClientV2 };
const ranking = ({ results }) =>
  results.map(({ index, relevanceScore }) => ({ index, score: relevanceScore }));

for (const [name, Client] of Object.entries(clients)) {
  const client = new Client({ token: key, environment: url });
  await check(`cohere-ai ${name}`, async () =>
    assertRanking(ranking(await client.rerank({ model, query, documents }))),
  );
  await check(`cohere-ai ${name}, topN`, async () =>
    assertRanking(ranking(await client.rerank({ model, query, documents, topN: 2 })), 2),
  );
  await check(`cohere-ai ${name}, meta`, async () => {
    const { id, meta } = await client.rerank({ model, query, documents });
    assert.ok(id.length > 0);
    assert.equal(meta.billedUnits.searchUnits, 1);
    assert.equal(meta.apiVersion.version, name.endsWith('V2') ? '2' : '1');
    return JSON.stringify({ apiVersion: meta.apiVersion, tokens: meta.tokens, warnings: meta.warnings });
  });
  await check(`cohere-ai ${name}, wrong key`, () => {
    const stranger = new Client({ token: 'wrong', environment: url });
    return assertFails(() => stranger.rerank({ model, query, documents }), {
      name: 'UnauthorizedError',
      statusCode: 401,
    });
  });
  await check(`cohere-ai ${name}, topN of none`, () =>
    assertFails(() => client.rerank({ model, query, documents, topN: -1 }), {
      name: 'BadRequestError',
      statusCode: 400,
      message: /top_n/,
    }),
  );
}

await check('cohere-ai CohereClient, documents come back', async () => {
  const client = new CohereClient({ token: key, environment: url });
  const objects = documents.map((text) => ({ text }));
  const { results } = await client.rerank({ model, query, documents: objects, returnDocuments: true });
  assert.deepEqual(
    results.map(({ document }) => document.text),
    order.map((index) => documents[index]),
  );
  return results[0].document.text;
});
