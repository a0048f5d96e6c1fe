export type { WindowOptions } from './batching/encode-pairs.js';
export type { CalibrationCurve } from './engine/calibration.js';
export type {
  BestWindow,
  ModelInfo,
  ModelOptions,
  PairLogits,
  ScoreInput,
  ScoreOptions,
  ScoreProgress,
  ScoringModel,
  TextPair,
  TokenUsage,
} from './engine/types.js';
export * from './errors/errors.js';
export type { DownloadProgress } from './hub/pull-options.js';
export type { StartedBackend } from './kernels/backend.js';
export type { ModelDtype } from './kernels/names.js';
export { BACKENDS, type Backend, type BackendRequest } from './kernels/names.js';
export { sigmoid } from './math/sigmoid.js';
export { type ModelConfig, parseModelConfig } from './model/config/model-config.js';
export type { Activation, ActivationRequest } from './model/config/score-activation.js';
export type { RerankDocument } from './reranker/check-inputs.js';
export {
  type Classification,
  type RankedDocument,
  type RankOptions,
  type RankRequest,
  type Relevance,
  Reranker,
} from './reranker/reranker.js';
export { rankByLogit, softmax } from './reranker/scores.js';
export type { PlacedPair, PlacedToken, TokenizedPair, TokenizedText } from './tokenizer/tokenized.js';
export { PairTokenizer } from './tokenizer/tokenizer.js';
export type { TruncationSide } from './tokenizer/tokenizer-config.js';
export type { Truncation } from './tokenizer/truncation.js';
export type { LoadProgress } from './weights/checkpoint.js';
