import path from 'node:path';
import type { Model } from '../../engine/model.js';
import { InputError } from '../../errors/errors.js';
import type { Run } from '../../evaluation/judgments.js';
import { ScoreCache } from '../../evaluation/score-cache.js';
import { CandidateScorer, type ScorePlan } from '../../evaluation/score-candidates.js';
import { cacheFolder } from '../../files/cache-folder.js';
import { formatBar, formatCount, formatDuration, formatPlural } from '../format/format.js';
import type { Io } from '../io/io.js';
import type { Reporter } from '../io/reporter.js';
import type { BeirTask } from './beir-task.js';

const BAR_CELLS = 20;

/** A model's scores of all candidates. */
export interface ScoredTask {
  readonly run: Run;
  readonly plan: ScorePlan;
  /** sha256 of the model's weights. */
  readonly weights: string;
  readonly seconds: number;
}

/**
 * Scores the candidates that the cache does not have, and says before how long that takes.
 *
 * @param cache the folder of the cache; default: in the user's cache.
 * @throws InputError for a model with several labels.
 */
export async function scoreTask(
  model: Model,
  { collection, firstStage, depth }: BeirTask,
  cache: string | undefined,
  reporter: Reporter,
  io: Io,
): Promise<ScoredTask> {
  const { info } = model;
  const { numLabels, labels } = info.config;
  if (numLabels !== 1) {
    throw new InputError(
      `${info.model} has ${numLabels} labels (${labels.join(', ')}): it is a classifier and cannot rank.`,
    );
  }
  const weights = await model.hashWeights();
  const scores = await ScoreCache.open(
    cache ?? path.join(cacheFolder(process.platform, process.env.XDG_CACHE_HOME), 'scores'),
    { model: info.model, weights, dtype: info.dtype, backend: info.backend.name, maxLength: info.maxLength },
  );
  try {
    const scorer = CandidateScorer.prepare(model, collection, firstStage.run, scores);
    const { pairs, missing, missingTokens } = scorer.plan;
    const size = `${formatPlural(collection.qrels.size, 'question')} x ${depth} documents: ${formatPlural(pairs, 'pair')}`;
    if (missing === 0) {
      reporter.note(`${size}, all of them scored before`);
    } else {
      const ms = await scorer.estimateMs(io.signal);
      reporter.note(`${size}, ${formatCount(missing)} to score; about ${formatDuration(ms)} here`);
    }
    const startedAt = performance.now();
    const run = await scorer.score({
      signal: io.signal,
      onProgress: (progress) =>
        reporter.status(() => {
          const elapsed = performance.now() - startedAt;
          const done = progress.tokens / missingTokens;
          const left = formatDuration((elapsed * (1 - done)) / done);
          return `${formatBar(done, BAR_CELLS)} ${Math.floor(done * 100)} %  ${formatCount(progress.pairs)} pairs  ${left} left`;
        }),
    });
    reporter.clear();
    return { run, plan: scorer.plan, weights, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    await scores.close();
  }
}
