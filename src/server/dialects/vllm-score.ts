import { toScoreRequest } from '../rerank-request.js';
import { SCORE_BODY } from '../schemas.js';
import type { Dialect } from './dialect.js';
import { metaOf, tokensOf } from './parts.js';

/** `/score` and `/v1/score`: vLLM. Results are in the order of the pairs. */
export const VLLM_SCORE: Dialect<typeof SCORE_BODY> = {
  name: 'vllm-score',
  summary: 'Score pairs of texts (vLLM)',
  schema: SCORE_BODY,
  toRequest: (body, options) => toScoreRequest(body, options),
  toAnswer: (outcome, requestId) => ({
    body: {
      id: `score-${requestId}`,
      object: 'list',
      created: Math.floor(Date.now() / 1000),
      model: outcome.model.name,
      data: outcome.results.map(({ index, score, tokens }) => ({
        index,
        object: 'score',
        score,
        tokens: tokensOf(tokens),
      })),
      usage: { prompt_tokens: outcome.usedTokens, total_tokens: outcome.usedTokens, completion_tokens: 0 },
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
