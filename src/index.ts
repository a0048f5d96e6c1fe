export type { Activation, ActivationRequest } from './config/activation.js';
export { type ModelConfig, parseModelConfig } from './config/model-config.js';
export * from './errors.js';
export type { DownloadProgress } from './hub/pull.js';
export type { WindowOptions } from './reranker/pair-encoder.js';
export {
  type Classification,
  type RankedDocument,
  type RankOptions,
  type RankRequest,
  type Relevance,
  type RerankDocument,
  Reranker,
} from './reranker/reranker.js';
export type {
  BestWindow,
  PairLogits,
  ScoreInput,
  ScoreOptions,
  ScoreProgress,
  Scorer,
  ScorerInfo,
  ScorerOptions,
  TextPair,
  TokenUsage,
} from './reranker/scorer.js';
export { rankByLogit, sigmoid, softmax } from './reranker/scores.js';
export { BACKENDS, type Backend, type BackendRequest, type StartedBackend } from './tensor/backend.js';
export type { ModelDtype } from './tensor/model-dtype.js';
export type { ExplainedPair, ExplainedToken, TokenizedPair, TokenizedText } from './text/tokenized.js';
export { PairTokenizer } from './text/tokenizer.js';
export type { TruncationSide } from './text/tokenizer-config.js';
export type { Truncation } from './text/truncation.js';
export type { LoadProgress } from './weights/checkpoint.js';
