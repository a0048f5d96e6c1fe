import { OverloadedError } from '../../errors/errors.js';
import type { RerankRequest } from '../dialects/rerank-request.js';
import type { RerankResult } from '../dialects/rerank-result.js';
import { HttpError } from '../http/http-error.js';
import type { ScoredPair } from '../queue/score-job.js';
import { type ExplainLevel, type ExplainMethod, METHODS_OF } from './explain-calls.js';
import type { Explainer } from './explainer.js';

/** @throws HttpError 400 if the server does not allow one of the methods. */
export function assertExplains(level: ExplainLevel, methods: readonly ExplainMethod[]): void {
  if (level === 'off' || methods.some((method) => !METHODS_OF[level].includes(method))) {
    throw new HttpError(
      400,
      'invalid_request',
      level === 'off'
        ? 'This server explains no scores: it was started with --explain off.'
        : 'This server explains by occlusion only; integrated_gradients needs a server started with --explain gradients.',
    );
  }
}

/** The parts of the server and the limits that explanations need. */
export interface ExplainContext {
  readonly explainer: Explainer;
  /** Tokens that the explanations may compute. */
  readonly maxTokens: number;
  /** When they must be done, in the time of `performance.now()`. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/** Results, as many of them explained as possible, and a warning if some are not. */
export interface ExplainedResults {
  readonly results: readonly RerankResult[];
  readonly warnings: readonly string[];
}

/**
 * Explains results in their order until the cost limit or the deadline is reached or the queue has no room. The scores
 * stay valid in any case.
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
        throw new OverloadedError(`Explanations of one request may compute at most ${maxTokens} tokens.`, 0);
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
