import { toRerankRequest } from '../rerank-request.js';
import { RERANK_BODY } from '../schemas.js';
import type { Dialect } from './dialect.js';
import { documentOf, metaOf, resultOf } from './parts.js';

/** `/voyage/v1/rerank`: Voyage AI; its clients want a document back as its text alone. */
export const VOYAGE: Dialect<typeof RERANK_BODY> = {
  name: 'voyage',
  summary: 'Order documents by their relevance to a query (Voyage AI)',
  schema: RERANK_BODY,
  toRequest: (body, options) => toRerankRequest(body, options),
  toAnswer: (outcome) => ({
    body: {
      object: 'list',
      data: outcome.results.map((result) => ({
        ...resultOf(result, outcome),
        ...(outcome.request.returnDocuments
          ? {
              document:
                typeof result.document.original === 'string' ? result.document.text : documentOf(result),
            }
          : {}),
      })),
      model: outcome.model.name,
      usage: { total_tokens: outcome.usedTokens },
      meta: metaOf(outcome, '1'),
    },
  }),
  toError: ({ message }) => ({ detail: message }),
};
