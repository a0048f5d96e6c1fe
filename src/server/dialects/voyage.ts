import { z } from 'zod';
import { META, RESULT } from './answers.js';
import type { Dialect } from './dialect.js';
import { metaOf, resultOf } from './parts.js';
import { type RerankRequest, toRerankRequest } from './rerank-request.js';
import type { RerankResult } from './rerank-result.js';
import { RERANK_BODY } from './schemas.js';

/** `/voyage/v1/rerank`: Voyage AI. Its clients expect a returned document to be a string. */
export const VOYAGE: Dialect<typeof RERANK_BODY> = {
  name: 'voyage',
  summary: 'Order documents by their relevance to a query (Voyage AI)',
  schema: RERANK_BODY,
  answer: z.object({
    object: z.literal('list'),
    data: z.array(RESULT),
    model: z.string(),
    usage: z.object({ total_tokens: z.int() }),
    meta: META,
  }),
  failure: z.object({ detail: z.string() }),
  toRequest: (body, options) => toRerankRequest(body, options),
  toResult,
  toAnswer: (outcome) => ({
    body: {
      object: 'list',
      data: outcome.results.map((result) => toResult(result, outcome.request)),
      model: outcome.model.name,
      usage: { total_tokens: outcome.usedTokens },
      meta: metaOf(outcome, '1'),
    },
  }),
  toError: ({ message }) => ({ detail: message }),
};

function toResult(result: RerankResult, request: RerankRequest): Readonly<Record<string, unknown>> {
  const { original } = result.document;
  return {
    ...resultOf(result, request),
    ...(request.returnDocuments ? { document: original } : {}),
  };
}
