import { z } from 'zod';
import { META, RESULT } from './answers.js';
import type { Dialect } from './dialect.js';
import { metaOf, resultOf } from './parts.js';
import { toRerankRequest } from './rerank-request.js';
import { RERANK_BODY } from './schemas.js';

/** `/v2/rerank`: Cohere's second version. */
export const COHERE_V2: Dialect<typeof RERANK_BODY> = {
  name: 'cohere-v2',
  summary: 'Order documents by their relevance to a query (Cohere v2)',
  schema: RERANK_BODY,
  answer: z.object({ id: z.string(), results: z.array(RESULT), meta: META }),
  failure: z.object({ id: z.string(), message: z.string() }),
  toRequest: (body, options) => toRerankRequest(body, options),
  toResult: resultOf,
  toAnswer: (outcome, requestId) => ({
    body: {
      id: requestId,
      results: outcome.results.map((result) => resultOf(result, outcome.request)),
      meta: metaOf(outcome, '2'),
    },
  }),
  toError: ({ message }, requestId) => ({ id: requestId, message }),
};
