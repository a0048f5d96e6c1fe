export type { ActivationName, Dimension } from '../model/activation-names.js';
export type { TextPair } from '../reranker/scorer.js';
export { type Matrix, PairAttention } from './attention.js';
export {
  ATTRIBUTION_METHODS,
  type Attribution,
  type AttributionMethod,
  type AttributionOptions,
  type AttributionProgress,
  type Baseline,
  type Comparison,
  type Counterfactual,
  type CounterfactualOptions,
  type InteractionOptions,
  type Interactions,
  type LongCallOptions,
  type Replacement,
  type SegmentedAttribution,
  type SegmentUnit,
  type TextSegment,
} from './attribution-types.js';
export type { CausalMap, CausalTracingOptions, PatchSite } from './causal-map.js';
export type {
  DatasetIndex,
  DatasetPair,
  DatasetProgress,
  DatasetSettings,
  DatasetShard,
  DatasetTraceOptions,
} from './dataset.js';
export type { DepthReport, DepthScores } from './depth.js';
export type { HeadStatistics } from './head-statistics.js';
export type { Hook, HookedActivation, Hooks } from './hooks.js';
export type {
  DepthScore,
  InspectedAttribution,
  InspectedModel,
  InspectedRanking,
  InspectedSentence,
  Inspection,
  InspectOptions,
  InspectRankingOptions,
  RankingStep,
  TextSpan,
} from './inspection.js';
export { Inspector, type InspectorOptions } from './inspector.js';
export {
  ablateHeads,
  type Head,
  type HeadReplacement,
  type PatchOptions,
  patchFrom,
  skipLayers,
} from './interventions.js';
export { type LayerShares, type LogitShares, sumOfShares, type TanhLinearisation } from './logit-shares.js';
export type { PackedAttention } from './packed-attention.js';
export type { Pooling } from './pooling.js';
export { segmentAttribution } from './segments.js';
export type { ActivationShape, ShapedPair, TracedActivation, TracedPair, TraceOptions } from './traced.js';
