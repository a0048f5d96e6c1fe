import { z } from 'zod';
import { FAILURE, META, RESULT, USAGE } from './answers.js';
import type { Dialect } from './dialect.js';
import { errorOf, metaOf, resultOf, usageOf } from './parts.js';
import { toRerankRequest } from './rerank-request.js';
import { RERANK_BODY } from './schemas.js';

/** `/v1/rerank`: Cohere's first version, Jina, and the routers in front of them. */
export const COHERE_V1: Dialect<typeof RERANK_BODY> = {
  name: 'cohere-v1',
  summary: 'Order documents by their relevance to a query (Cohere v1, Jina, hosted routers)',
  schema: RERANK_BODY,
  answer: z.object({
    id: z.string(),
    object: z.literal('rerank'),
    model: z.string(),
    results: z.array(RESULT),
    usage: USAGE,
    meta: META,
  }),
  failure: FAILURE,
  toRequest: (body, options) => toRerankRequest(body, options),
  toResult: resultOf,
  toAnswer: (outcome, requestId) => ({
    body: {
      id: requestId,
      object: 'rerank',
      model: outcome.model.name,
      results: outcome.results.map((result) => resultOf(result, outcome.request)),
      usage: usageOf(outcome),
      meta: metaOf(outcome, '1'),
    },
  }),
  toError: errorOf,
};
