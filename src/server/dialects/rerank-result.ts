import type { Explanation } from '../explain/explainer.js';
import type { RequestDocument } from './rerank-request.js';

/** One document's result. */
export interface RerankResult {
  readonly index: number;
  /** On the scale that the request asks for. */
  readonly score: number;
  /** The probability of relevance, if the model has a calibration. */
  readonly calibratedScore?: number;
  readonly logit: number;
  readonly document: RequestDocument;
  readonly tokens: ResultTokens;
  /** The best window of a long document. */
  readonly chunk?: {
    readonly index: number;
    readonly of: number;
    readonly start: number;
    readonly end: number;
  };
  /** The reasons for the score, if the request asks for them and they could be computed. */
  readonly explanation?: Explanation;
}

/** How many of a pair's tokens were used and how many were cut. */
export interface ResultTokens {
  /** Tokens that the model read, in all windows, special tokens included. */
  readonly used: number;
  readonly queryCut: number;
  readonly documentCut: number;
}
