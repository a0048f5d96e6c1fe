export type { TextPair } from '../engine/types.js';
export type { ActivationName, Dimension } from '../model/activation-names.js';
export { type Matrix, PairAttention } from './attention/attention.js';
export type { HeadStatistics } from './attention/head-statistics.js';
export type { PackedAttention } from './attention/packed-attention.js';
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
} from './attribution/attribution-types.js';
export { segmentAttribution } from './attribution/segments.js';
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
export type { CausalMap, CausalTracingOptions, PatchSite } from './trace/causal-map.js';
export type {
  DatasetIndex,
  DatasetPair,
  DatasetProgress,
  DatasetSettings,
  DatasetShard,
  DatasetTraceOptions,
} from './trace/dataset.js';
export type { DepthReport, DepthScores } from './trace/depth.js';
export type { Hook, HookedActivation, Hooks } from './trace/hooks.js';
export {
  ablateHeads,
  type Head,
  type HeadReplacement,
  type PatchOptions,
  patchFrom,
  skipLayers,
} from './trace/interventions.js';
export {
  type LayerShares,
  type LogitShares,
  sumOfShares,
  type TanhLinearisation,
} from './trace/logit-shares.js';
export type { Pooling } from './trace/pooling.js';
export type {
  ActivationShape,
  ShapedPair,
  TracedActivation,
  TracedPair,
  TraceOptions,
} from './trace/traced.js';
