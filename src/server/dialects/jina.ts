import { z } from 'zod';
import { FAILURE, META, RESULT, USAGE } from './answers.js';
import type { Dialect } from './dialect.js';
import { errorOf, metaOf, resultOf, usageOf } from './parts.js';
import { toRerankRequest } from './rerank-request.js';
import { given, type RERANK_BODY, rerankBodyWith } from './schemas.js';

/** `/rerank` with `documents`: the shape of Jina and of servers that adopted it. Documents are returned by default. */
export const JINA: Dialect<typeof RERANK_BODY> = {
  name: 'jina',
  summary: 'Order documents by their relevance to a query (Jina)',
  schema: rerankBodyWith({ not: given('texts') }), // a body with texts belongs to another dialect
  answer: z.object({
    id: z.string(),
    object: z.literal('list'),
    model: z.string(),
    usage: USAGE,
    results: z.array(RESULT),
    meta: META,
  }),
  failure: FAILURE,
  toRequest: (body, options) => toRerankRequest(body, { returnDocuments: true, ...options }),
  toResult: resultOf,
  toAnswer: (outcome, requestId) => ({
    body: {
      id: requestId,
      object: 'list',
      model: outcome.model.name,
      usage: usageOf(outcome),
      results: outcome.results.map((result) => resultOf(result, outcome.request)),
      meta: metaOf(outcome, '1'),
    },
  }),
  toError: errorOf,
};
