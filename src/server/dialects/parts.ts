import { memberText, RawJson } from '../../encoding/raw-json.js';
import type { Explanation } from '../explain/explainer.js';
import type { HttpError } from '../http/http-error.js';
import { describeModel } from '../queue/models.js';
import type { RerankOutcome } from './answer-rerank.js';
import type { RerankRequest } from './rerank-request.js';
import type { RerankResult, ResultTokens } from './rerank-result.js';

/** Hosted rerankers bill this many pairs as one search. */
const DOCUMENTS_PER_SEARCH = 100;

/** A result's tokens, snake_case. */
export function tokensOf({ used, queryCut, documentCut }: ResultTokens): Readonly<Record<string, number>> {
  return { used, query_cut: queryCut, document_cut: documentCut };
}

/** The id and metadata of an object, which identify it. They are always returned. */
function identityOf({ document: { original } }: RerankResult): Readonly<Record<string, unknown>> {
  if (typeof original === 'string') {
    return {};
  }
  return Object.fromEntries(
    ['id', 'metadata'].flatMap((key) => {
      const value = memberText(original.raw, key);
      return value === undefined ? [] : [[key, new RawJson(value)]];
    }),
  );
}

/** A document as it is returned: whole. */
function documentOf({ document: { original } }: RerankResult): unknown {
  return typeof original === 'string' ? { text: original } : original;
}

/** One result in the shape of Cohere and Jina, with this server's additional fields. */
export function resultOf(result: RerankResult, request: RerankRequest): Readonly<Record<string, unknown>> {
  return {
    index: result.index,
    relevance_score: result.score,
    ...(result.calibratedScore === undefined ? {} : { calibrated_score: result.calibratedScore }),
    ...identityOf(result),
    ...(request.returnDocuments ? { document: documentOf(result) } : {}),
    tokens: tokensOf(result.tokens),
    ...(result.chunk === undefined
      ? {}
      : {
          chunk: {
            index: result.chunk.index,
            of: result.chunk.of,
            start_token: result.chunk.start,
            end_token: result.chunk.end,
          },
        }),
    ...(result.explanation === undefined ? {} : { explanation: explanationOf(result.explanation) }),
  };
}

/** The effect of each word of both texts on the logit; places are UTF-16 units of each text. */
function explanationOf(explanation: Explanation): Readonly<Record<string, unknown>> {
  const { method, logit, baselineLogit, residual, steps, segments } = explanation;
  const wordsOf = (wanted: 'query' | 'document') =>
    segments.flatMap(({ part, start, end, text, value }) =>
      part === wanted ? [{ start, end, text, value }] : [],
    );
  return {
    method,
    logit,
    ...(baselineLogit === undefined ? {} : { baseline_logit: baselineLogit, residual, steps }),
    query: wordsOf('query'),
    document: wordsOf('document'),
  };
}

/** Token counts in OpenAI's shape. */
export function usageOf({ usedTokens }: RerankOutcome): Readonly<Record<string, number>> {
  return { prompt_tokens: usedTokens, completion_tokens: 0, total_tokens: usedTokens };
}

/** How the scores were computed. */
export function metaOf(outcome: RerankOutcome, apiVersion: string): Readonly<Record<string, unknown>> {
  const { request, warnings, usedTokens, dryRun, model } = outcome;
  return {
    api_version: { version: apiVersion },
    billed_units: { search_units: dryRun ? 0 : Math.ceil(request.documents.length / DOCUMENTS_PER_SEARCH) },
    tokens: { input_tokens: usedTokens, output_tokens: 0 },
    ...(warnings.length > 0 ? { warnings } : {}),
    score_type: outcome.activation === 'identity' ? 'logit' : 'sigmoid',
    ...(request.deadlineMs === undefined
      ? {}
      : { complete: outcome.scored === request.documents.length, scored_documents: outcome.scored }),
    model: describeModel(model),
    ...(dryRun === undefined
      ? {}
      : {
          dry_run: {
            documents: dryRun.documents.map(tokensOf),
            batches: dryRun.batches,
            padding_share: dryRun.paddingShare,
          },
        }),
  };
}

/** An error in which every client finds its message: `message` (Cohere), `detail` (Jina, Voyage), `error` (OpenAI). */
export function errorOf(
  { message, type, status }: HttpError,
  requestId: string,
): Readonly<Record<string, unknown>> {
  return { id: requestId, message, detail: message, error: { message, type, code: status } };
}
