import type { Explanation } from '../explain/explainer.js';
import type { RequestDocument } from './rerank-request.js';

/** One document's result. */
export interface RerankResult {
  readonly index: number;
  /** On the scale that was asked for. */
  readonly score: number;
  readonly document: RequestDocument;
  readonly tokens: ResultTokens;
  /** Which window of a long document is the best one. */
  readonly chunk?: {
    readonly index: number;
    readonly of: number;
    readonly start: number;
    readonly end: number;
  };
  /** Why it scored so, where that was asked for and could be had. */
  readonly explanation?: Explanation;
}

/** What became of a pair's tokens. */
export interface ResultTokens {
  /** Those that the model saw, special ones counted; of all windows. */
  readonly used: number;
  readonly queryCut: number;
  readonly documentCut: number;
}
