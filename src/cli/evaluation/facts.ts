import { release } from 'node:os';
import type { ModelInfo } from '../../engine/types.js';
import { DEFAULT_ROUNDS, DEFAULT_SEED } from '../../evaluation/significance.js';
import { packageVersion } from '../../server/package-version.js';
import type { BeirTask } from './beir-task.js';
import type { ScoredTask } from './score-task.js';

/** Which model computed, and how; under the names that a result file has. */
export interface ModelFacts {
  readonly model: string;
  readonly revision?: string;
  readonly weights_sha256: string;
  readonly dtype: string;
  readonly backend: string;
  readonly max_length: number;
  readonly truncation: string;
  readonly truncation_side: string;
  readonly pairs: number;
  readonly cut_pairs: number;
  /** Pairs that no earlier run had scored. */
  readonly computed_pairs: number;
  readonly seconds: number;
}

/** What was asked, of which documents, and how chance was simulated. */
export interface TaskFacts {
  readonly questions: number;
  readonly documents: number;
  readonly corpus_sha256: string;
  readonly first_stage: string;
  readonly first_stage_settings: Readonly<Record<string, number>>;
  /** Candidates of each question, at most. */
  readonly reranked: number;
  readonly rounds: number;
  readonly seed: number;
  readonly versions: Readonly<Record<string, string>>;
}

export function factsOfModel(info: ModelInfo, { weights, plan, seconds }: ScoredTask): ModelFacts {
  return {
    model: info.model,
    ...(info.revision !== undefined && { revision: info.revision }),
    weights_sha256: weights,
    dtype: info.dtype,
    backend: info.backend.name,
    max_length: info.maxLength,
    truncation: info.truncation,
    truncation_side: info.truncationSide,
    pairs: plan.pairs,
    cut_pairs: plan.cutPairs,
    computed_pairs: plan.missing,
    seconds,
  };
}

export function factsOfTask({ collection, firstStage, depth }: BeirTask): TaskFacts {
  return {
    questions: collection.qrels.size,
    documents: collection.documents.size,
    corpus_sha256: collection.corpusHash,
    first_stage: firstStage.name,
    first_stage_settings: firstStage.settings,
    reranked: depth,
    rounds: DEFAULT_ROUNDS,
    seed: DEFAULT_SEED,
    versions: {
      'tfjs-reranker': packageVersion(),
      node: process.version,
      system: `${process.platform} ${release()} ${process.arch}`,
    },
  };
}
