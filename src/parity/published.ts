import type { ModelConfig } from '../config/model-config.js';
import { InputError } from '../errors.js';
import type { ScoreOptions, TextPair } from '../reranker/scorer.js';
import { sigmoid } from '../reranker/scores.js';
import { PUBLISHED_MODELS, type PublishedModel, type PublishedPair } from './published-pairs.js';

/** What gives token ids and logits: a loaded model. */
export interface PublishedScorer {
  readonly info: { readonly config: ModelConfig };
  encode(pairs: readonly TextPair[]): readonly { readonly inputIds: Int32Array }[];
  scoreIds(sequences: readonly ArrayLike<number>[], options?: ScoreOptions): Promise<number[][]>;
}

/** A published number and ours. */
export interface PublishedRow {
  readonly pair: PublishedPair;
  /** On the scale that was published: a logit, or its sigmoid. */
  readonly expected: number;
  readonly actual: number;
  readonly distance: number;
  readonly idsMatch: boolean;
  readonly passed: boolean;
}

/** All that others published of a model, beside what comes out here. */
export interface PublishedReport {
  readonly model: PublishedModel;
  readonly rows: readonly PublishedRow[];
  readonly passed: boolean;
}

/**
 * Compares a loaded model with the scores that others published of the model that has its sizes: a copy that is
 * damaged, a fine-tune or another model of those sizes does not pass.
 *
 * @throws InputError when nothing is published of a model of these sizes.
 */
export async function checkPublished(
  scorer: PublishedScorer,
  options: ScoreOptions = {},
): Promise<PublishedReport> {
  const model = findPublished(scorer.info.config);
  const inputIds = scorer.encode(model.pairs).map((encoded) => encoded.inputIds);
  const logits = await scorer.scoreIds(inputIds, options);
  const rows = model.pairs.map((pair, i) => {
    const logit = logits[i]?.[0] ?? Number.NaN;
    const [expected, actual] = 'logit' in pair ? [pair.logit, logit] : [pair.score, sigmoid(logit)];
    const distance = Math.abs(actual - expected);
    const idsMatch = String(inputIds[i]) === String(pair.inputIds);
    return { pair, expected, actual, distance, idsMatch, passed: idsMatch && distance <= pair.tolerance };
  });
  return { model, rows, passed: rows.every(({ passed }) => passed) };
}

function findPublished(config: ModelConfig): PublishedModel {
  const found = PUBLISHED_MODELS.find(
    ({ hiddenSize, numHiddenLayers, maxSequenceLength }) =>
      config.numLabels === 1 &&
      config.hiddenSize === hiddenSize &&
      config.numHiddenLayers === numHiddenLayers &&
      config.maxSequenceLength === maxSequenceLength,
  );
  if (found !== undefined) return found;
  const known = PUBLISHED_MODELS.map(
    (model) =>
      `${model.name} (${model.numHiddenLayers} layers, hidden ${model.hiddenSize}, ${model.maxSequenceLength} tokens)`,
  );
  throw new InputError(
    `Nothing is published of a model with ${config.numHiddenLayers} layers, hidden ${config.hiddenSize}, ` +
      `${config.maxSequenceLength} tokens and ${config.numLabels} labels. Known: ${known.join(', ')}. ` +
      'scripts/reference/make_golden.py makes a golden of any model; give it with --golden.',
  );
}
