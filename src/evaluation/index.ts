/** Measures of rankings, with trec_eval's numbers: `tfjs-reranker/evaluation`. It runs in Node and in browsers. */
export { type Evaluation, evaluate } from './evaluate.js';
export { type Qrels, type Run, rankDocuments } from './judgments.js';
export { type JudgedRanking, type Measure, parseMeasures } from './measures.js';
export { type KnownIds, parseQrels, parseRun } from './trec.js';
