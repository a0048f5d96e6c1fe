/** Measures of rankings, with trec_eval's numbers: `tfjs-reranker/evaluation`. It runs in Node and in browsers. */
export {
  assessCalibration,
  type CalibrationExample,
  type CalibrationQuality,
  type Estimate,
  type Forecast,
  findThreshold,
  type PrecisionThreshold,
  type Reliability,
  type ReliabilityBin,
} from './assess-calibration.js';
export { type Evaluation, evaluate } from './evaluate.js';
export { type CalibrationMethod, fitCalibration, type LabelledLogit } from './fit-calibration.js';
export { type Qrels, type Run, rankDocuments } from './judgments.js';
export { type JudgedRanking, type Measure, parseMeasures } from './measures.js';
export { measureReranking, type RerankQuality, type TieEffect, type Verdict } from './rerank-quality.js';
export {
  bootstrapInterval,
  type Comparison,
  compareValues,
  holm,
  randomizationTest,
  type Simulation,
} from './significance.js';
export { formatTrecRun, type KnownIds, parseQrels, parseRun } from './trec.js';
