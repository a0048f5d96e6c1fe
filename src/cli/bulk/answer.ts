import { calibratedScore } from '../../engine/calibration.js';
import type { ModelInfo } from '../../engine/types.js';
import { toLabelScores } from '../../reranker/scores.js';
import type { ToAnswer } from './table.js';

/** What a row gains from its logits: a reranker's score, or a classifier's labels. */
export function toAnswerOf(info: ModelInfo): ToAnswer {
  const { activation, calibration } = info;
  const { labels, problemType, numLabels } = info.config;
  return (values) => {
    const logits = Array.from(values);
    const scores = toLabelScores(logits, problemType, activation);
    return numLabels === 1
      ? {
          logit: logits[0],
          relevance_score: scores[0],
          ...(calibration && { calibrated_score: calibratedScore(logits[0] as number, calibration) }),
        }
      : { logits, label_scores: Object.fromEntries(labels.map((label, i) => [label, scores[i]])) };
  };
}
