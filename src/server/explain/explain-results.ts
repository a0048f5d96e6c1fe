import { OverloadedError } from '../../errors/errors.js';
import type { RerankRequest } from '../dialects/rerank-request.js';
import type { RerankResult } from '../dialects/rerank-result.js';
import { HttpError } from '../http/http-error.js';
import type { ScoredPair } from '../queue/score-job.js';
import { type ExplainLevel, type ExplainMethod, METHODS_OF } from './explain-calls.js';
import type { Explainer } from './explainer.js';

/** @throws HttpError 400 where the server does not explain that way. */
export function assertExplains(level: ExplainLevel, methods: readonly ExplainMethod[]): void {
  if (level === 'off' || methods.some((method) => !METHODS_OF[level].includes(method))) {
    throw new HttpError(
      400,
      'invalid_request',
      level === 'off'
        ? 'This server explains no scores: it was started with --explain off.'
        : 'This server explains by occlusion alone; integrated_gradients needs it to be started with --explain gradients.',
    );
  }
}

/** What surrounds the explanation of an answer's results. */
export interface ExplainContext {
  readonly explainer: Explainer;
  /** Tokens that may be computed for it. */
  readonly maxTokens: number;
  /** When it has to be over, by `performance.now()`. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/** Results with explanations, as far as they go, and what is to be said where some have none. */
export interface ExplainedResults {
  readonly results: readonly RerankResult[];
  readonly warnings: readonly string[];
}

/**
 * Explains results in their order until the cost is spent, the time is over or the queue has no room: the scores hold
 * in any case.
 */
export async function explainResults(
  request: RerankRequest & { readonly explain: ExplainMethod },
  results: readonly RerankResult[],
  pairs: readonly ScoredPair[],
  { explainer, maxTokens, deadline, signal }: ExplainContext,
): Promise<ExplainedResults> {
  const scored = new Map(pairs.map((pair) => [pair.index, pair]));
  const explained: RerankResult[] = [];
  let left = maxTokens;
  for (const [rank, result] of results.entries()) {
    const { encoded, window } = scored.get(result.index) as ScoredPair;
    const { queries, documents } = request;
    const pair = {
      query: queries[queries.length === 1 ? 0 : result.index] as string,
      document: documents[result.index]?.text as string,
    };
    const prepared = await explainer.prepare(pair, encoded, window, request.explain, signal);
    left -= prepared.cost;
    try {
      if (left < 0) {
        throw new OverloadedError(`One request may have ${maxTokens} tokens computed for that.`, 0);
      }
      const explanation = await explainer.explain(prepared, { deadline, signal });
      explained.push({ ...result, explanation });
    } catch (error) {
      if (!(error instanceof OverloadedError)) {
        throw error;
      }
      const warning = `Explained: ${rank} of ${results.length} results. ${error.message}`;
      return { results: [...explained, ...results.slice(rank)], warnings: [warning] };
    }
  }
  return { results: explained, warnings: [] };
}
