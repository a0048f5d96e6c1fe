import { z } from 'zod';
import { HttpError, type HttpErrorType } from '../http/http-error.js';
import { META } from './answers.js';
import type { Dialect } from './dialect.js';
import { metaOf } from './parts.js';
import { type RerankRequest, toRerankRequest } from './rerank-request.js';
import type { RerankResult } from './rerank-result.js';
import { given, type RERANK_BODY, rerankBodyWith } from './schemas.js';

/** The error types of text-embeddings-inference; all other errors are of its type for invalid requests. */
const ERROR_TYPES: Partial<Record<HttpErrorType, string>> = {
  no_documents: 'Empty',
  overloaded: 'Overloaded',
  rate_limited: 'Overloaded',
  unavailable: 'Unhealthy',
  timeout: 'Backend',
  internal: 'Backend',
};

/** `/rerank` with `texts`: text-embeddings-inference. The answer is a bare array; everything else is in headers. */
export const TEI: Dialect<typeof RERANK_BODY> = {
  name: 'tei',
  summary: 'Order texts by their relevance to a query (text-embeddings-inference)',
  schema: rerankBodyWith(
    { properties: { texts: { minItems: 1 }, documents: { minItems: 1 } } },
    { not: given('explain') },
  ),
  answer: z.union([
    z.array(z.object({ index: z.int(), score: z.number(), text: z.string().optional() })),
    z.object({ meta: META }).describe('Of a dry run'),
  ]),
  failure: z.object({
    error: z.string(),
    error_type: z.enum(['Unhealthy', 'Backend', 'Overloaded', 'Validation', 'Empty']),
  }),
  toRequest: (body, options) => {
    const request = toRerankRequest(body, options);
    if (request.documents.length === 0) {
      throw new HttpError(400, 'no_documents', 'texts is empty; there is nothing to rank.');
    }
    if (request.explain !== undefined) {
      throw new HttpError(
        400,
        'invalid_request',
        'explain: this answer has no place for explanations; use POST /v1/rerank.',
      );
    }
    return request;
  },
  toResult,
  toAnswer: (outcome) => {
    const { results, request, timing, characters, usedTokens, model } = outcome;
    const ms = (value: number): string => String(Math.round(value));
    const { tokenizeMs, queueMs, inferenceMs } = timing;
    const body = outcome.dryRun
      ? { meta: metaOf(outcome, 'tei') }
      : results.map((result) => toResult(result, request));
    return {
      body,
      headers: {
        'x-compute-type': model.remote.info.backend.name,
        'x-compute-time': ms(tokenizeMs + queueMs + inferenceMs),
        'x-compute-characters': String(characters),
        'x-compute-tokens': String(usedTokens),
        'x-total-time': ms(tokenizeMs + queueMs + inferenceMs),
        'x-tokenization-time': ms(tokenizeMs),
        'x-queue-time': ms(queueMs),
        'x-inference-time': ms(inferenceMs),
      },
    };
  },
  toError: ({ message, type }) => ({ error: message, error_type: ERROR_TYPES[type] ?? 'Validation' }),
  // text-embeddings-inference also answers 400 for invalid JSON and 413 for too much.
  statuses: { invalid_request: 422, unknown_field: 422, internal: 424 },
};

function toResult(
  { index, score, document }: RerankResult,
  request: RerankRequest,
): Readonly<Record<string, unknown>> {
  return { index, score, ...(request.returnDocuments ? { text: document.text } : {}) };
}
