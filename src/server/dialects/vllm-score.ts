import { z } from 'zod';
import { META, TOKENS, USAGE } from './answers.js';
import type { Dialect } from './dialect.js';
import { metaOf, tokensOf, usageOf } from './parts.js';
import { toScoreRequest } from './rerank-request.js';
import type { RerankResult } from './rerank-result.js';
import { SCORE_BODY } from './schemas.js';

const ERROR = z.object({ message: z.string(), type: z.string(), param: z.null(), code: z.int() });

/** `/score` and `/v1/score`: vLLM. Results are in the order of the pairs. */
export const VLLM_SCORE: Dialect<typeof SCORE_BODY> = {
  name: 'vllm-score',
  summary: 'Score pairs of texts (vLLM)',
  schema: SCORE_BODY,
  answer: z.object({
    id: z.string(),
    object: z.literal('list'),
    created: z.int(),
    model: z.string(),
    data: z.array(
      z.object({
        index: z.int(),
        object: z.literal('score'),
        score: z.number(),
        logit: z.number(),
        tokens: TOKENS,
      }),
    ),
    usage: USAGE,
    meta: META,
  }),
  failure: z.object({
    object: z.literal('error'),
    ...ERROR.shape,
    error: ERROR,
  }),
  toRequest: (body, options) => toScoreRequest(body, options),
  toResult,
  toAnswer: (outcome, requestId) => ({
    body: {
      id: `score-${requestId}`,
      object: 'list',
      created: Math.floor(Date.now() / 1000),
      model: outcome.model.name,
      data: outcome.results.map(toResult),
      usage: usageOf(outcome),
      meta: metaOf(outcome, '1'),
    },
  }),
  toError: ({ message, type, status }) => ({
    object: 'error',
    message,
    type,
    param: null,
    code: status,
    error: { message, type, param: null, code: status },
  }),
};

function toResult({ index, score, logit, tokens }: RerankResult): Readonly<Record<string, unknown>> {
  return { index, object: 'score', score, logit, tokens: tokensOf(tokens) };
}
