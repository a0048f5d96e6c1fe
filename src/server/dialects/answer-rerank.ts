import type { EncodedPair } from '../../batching/encode-pairs.js';
import { countTokens } from '../../batching/encode-pairs.js';
import { planBatches } from '../../batching/planner.js';
import { calibratedScore } from '../../engine/calibration.js';
import type { ModelInfo } from '../../engine/types.js';
import type { Activation } from '../../model/config/score-activation.js';
import { rankByLogit, toScore } from '../../reranker/scores.js';
import type { ExplainLevel, ExplainMethod } from '../explain/explain-calls.js';
import { assertExplains, explainResults } from '../explain/explain-results.js';
import { HttpError } from '../http/http-error.js';
import { encodeRequest } from '../queue/encode-request.js';
import type { Models, ServedModel } from '../queue/models.js';
import type { QueueTiming, ScoredPair } from '../queue/score-job.js';
import type { Limits } from '../settings.js';
import type { RequestDocument, RerankRequest } from './rerank-request.js';
import type { RerankResult, ResultTokens } from './rerank-result.js';

/** The counts of a dry run. */
export interface DryRun {
  readonly documents: readonly ResultTokens[];
  readonly batches: number;
  /** Share of padding in all tokens that would be computed, 0 to 1. */
  readonly paddingShare: number;
}

/** The answer to a request, before a dialect gives it its shape. */
export interface RerankOutcome {
  readonly model: ServedModel;
  readonly request: RerankRequest;
  /** The function from logits to scores. */
  readonly activation: Activation;
  readonly warnings: readonly string[];
  readonly results: readonly RerankResult[];
  /** Number of scored documents: all of them, unless the deadline came first. */
  readonly scored: number;
  /** Tokens of all pairs, including those that are not returned. */
  readonly usedTokens: number;
  readonly characters: number;
  readonly timing: ScoreTiming;
  readonly dryRun?: DryRun;
}

/** Durations of a request's parts. */
export interface ScoreTiming extends QueueTiming {
  /** Until all pairs were tokenized, including the turns of other requests. */
  readonly tokenizeMs: number;
}

/** The parts of the server that a request needs. */
export interface RerankContext {
  readonly limits: Limits;
  /** Which explanations the server allows. */
  readonly explain: ExplainLevel;
  readonly warnings?: readonly string[];
  readonly signal?: AbortSignal;
  /** Called for each document when it is scored. */
  readonly onResult?: ((result: RerankResult) => void) | undefined;
}

/** Share of a request's time that may pass until its explanations are done; the rest is for the answer. */
const SHARE_OF_TIME = 0.75;

/** Scores a request; all dialects share this function. */
export async function rerank(
  models: Models,
  request: RerankRequest,
  { limits, explain, warnings = [], signal, onResult }: RerankContext,
): Promise<RerankOutcome> {
  const startedAt = performance.now();
  if (request.explain !== undefined) {
    assertExplains(explain, [request.explain]);
  }
  const { model, warnings: ofModel } = models.choose(request.model);
  const characters = assertWithin(request, limits);
  const encoded = await encodeRequest(model, request, signal);
  const tokenizeMs = performance.now() - startedAt;
  const usedTokens = encoded.reduce((sum, pair) => sum + countTokens(pair), 0);
  if (usedTokens > limits.maxRequestTokens) {
    throw new HttpError(
      413,
      'too_large',
      `The request has ${usedTokens} tokens; at most ${limits.maxRequestTokens} are accepted.`,
    );
  }
  const { info, maxBatchTokens } = model.remote;
  if (request.minCalibratedScore !== undefined && info.calibration === undefined) {
    throw new HttpError(
      400,
      'invalid_request',
      `min_calibrated_score needs a calibration of ${info.model}; this server has none (serve --calibration).`,
    );
  }
  const activation = request.rawScores ? 'identity' : info.activation;
  const base = { model, request, activation, warnings: [...warnings, ...ofModel], characters };
  if (request.dryRun) {
    const timing = { tokenizeMs, queueMs: 0, inferenceMs: 0 };
    const dryRun = countBatches(encoded, maxBatchTokens);
    return { ...base, results: [], scored: 0, usedTokens, timing, dryRun };
  }
  const onPair = onResult && ((pair: ScoredPair) => onResult(toResult(pair, request, info, activation)));
  const deadlineMs = request.deadlineMs === undefined ? undefined : request.deadlineMs - tokenizeMs;
  const { pairs, timing } = await model.queue.score({ pairs: encoded, signal, onPair, deadlineMs });
  const ranked = order(pairs, request, info, activation);
  const { results, warnings: ofExplanations } = isExplained(request)
    ? await explainResults(request, ranked, pairs, {
        explainer: model.explainer,
        maxTokens: limits.maxExplainTokens,
        deadline:
          startedAt +
          Math.min(request.deadlineMs ?? Number.POSITIVE_INFINITY, SHARE_OF_TIME * limits.requestTimeoutMs),
        signal,
      })
    : { results: ranked, warnings: [] };
  return {
    ...base,
    warnings: [...base.warnings, ...ofExplanations],
    results,
    scored: pairs.length,
    usedTokens: pairs.reduce((sum, { encoded }) => sum + countTokens(encoded), 0),
    timing: { tokenizeMs, ...timing },
  };
}

function isExplained(request: RerankRequest): request is RerankRequest & { readonly explain: ExplainMethod } {
  return request.explain !== undefined;
}

/** @returns the number of characters of its texts. @throws HttpError 413. */
function assertWithin({ queries, documents }: RerankRequest, limits: Limits): number {
  const characters =
    queries.reduce((sum, query) => sum + query.length, 0) +
    documents.reduce((sum, { text }) => sum + text.length, 0);
  if (characters > limits.maxCharacters) {
    throw new HttpError(
      413,
      'too_large',
      `The texts have ${characters} characters; at most ${limits.maxCharacters} are accepted in one request.`,
    );
  }
  return characters;
}

function order(
  pairs: readonly ScoredPair[],
  request: RerankRequest,
  info: ModelInfo,
  activation: Activation,
): RerankResult[] {
  const { order, topN, minScore = Number.NEGATIVE_INFINITY, minCalibratedScore = 0 } = request;
  const indices = order === 'input' ? pairs.keys() : rankByLogit(pairs.map(({ logit }) => logit));
  return [...indices]
    .map((index) => toResult(pairs[index] as ScoredPair, request, info, activation))
    .filter(({ score, calibratedScore = 1 }) => score >= minScore && calibratedScore >= minCalibratedScore)
    .slice(0, topN);
}

/** A pair's score in the form that the request asks for. */
function toResult(
  { index, logit, window, encoded }: ScoredPair,
  request: RerankRequest,
  { calibration }: ModelInfo,
  activation: Activation,
): RerankResult {
  const { windows } = encoded;
  const best = windows[window];
  return {
    index,
    score: toScore(logit, activation),
    ...(calibration && { calibratedScore: calibratedScore(logit, calibration) }),
    logit,
    document: request.documents[index] as RequestDocument,
    tokens: toTokens(encoded),
    ...(windows.length > 1 && best !== undefined
      ? { chunk: { index: window, of: windows.length, start: best.start, end: best.end } }
      : {}),
  };
}

function toTokens(pair: EncodedPair): ResultTokens {
  return { used: countTokens(pair), queryCut: pair.queryTokensCut, documentCut: pair.documentTokensCut };
}

function countBatches(pairs: readonly EncodedPair[], maxBatchTokens: number): DryRun {
  const lengths = pairs.flatMap(({ windows }) => windows.map(({ inputIds }) => inputIds.length));
  const batches = planBatches(lengths, maxBatchTokens);
  const padded = batches.reduce(
    (sum, batch) => sum + batch.length * (lengths[batch[0] as number] as number),
    0,
  );
  const used = lengths.reduce((sum, length) => sum + length, 0);
  return {
    documents: pairs.map(toTokens),
    batches: batches.length,
    paddingShare: padded === 0 ? 0 : 1 - used / padded,
  };
}
