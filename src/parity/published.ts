import type { Model } from '../engine/model.js';
import type { ModelInfo, ScoreOptions, TextPair } from '../engine/types.js';
import { InputError } from '../errors/errors.js';
import { sigmoid } from '../math/sigmoid.js';
import { rankByLogit } from '../reranker/scores.js';
import { PUBLISHED_MODELS, type PublishedModel, type PublishedPair } from './published-models.js';

/** A published number and the model's. */
export interface PublishedRow {
  readonly pair: PublishedPair;
  /** On the published scale: a logit, or its sigmoid. */
  readonly expected: number;
  readonly actual: number;
  readonly distance: number;
  /** Undefined if the published ids are not known. */
  readonly idsMatch: boolean | undefined;
  readonly passed: boolean;
}

/** Documents of one query, and the best of them. */
export interface PublishedRanking {
  readonly query: string;
  /** The best documents by the published numbers, several if these are equal. */
  readonly expected: readonly number[];
  readonly actual: number;
  readonly passed: boolean;
}

/** Everything that others published about a model, compared with this one. */
export interface PublishedReport {
  readonly model: PublishedModel;
  readonly rows: readonly PublishedRow[];
  readonly rankings: readonly PublishedRanking[];
  readonly passed: boolean;
}

/**
 * Compares a loaded model with the scores that others published of it. A damaged copy, or another model, does not pass.
 * The model's name says which published model it is. A folder with another name is compared with every published model
 * of its sizes, and the closest one is reported.
 *
 * @throws InputError if nothing is published of a model of these sizes.
 */
export async function checkPublished(
  model: Pick<Model, 'encodeIds' | 'scoreSequences'> & { readonly info: Pick<ModelInfo, 'model' | 'config'> },
  options: ScoreOptions = {},
): Promise<PublishedReport> {
  const models = findPublished(model.info);
  const pairs = new Map<string, TextPair>();
  for (const pair of models.flatMap(pairsOf)) {
    pairs.set(keyOf(pair), pair);
  }
  const encoded = model.encodeIds([...pairs.values()]);
  const logits = await model.scoreSequences(encoded, options);
  const keys = [...pairs.keys()];
  const answers = new Map(
    keys.map((key, i) => [key, { inputIds: encoded[i] as Int32Array, logit: logits[i]?.[0] ?? Number.NaN }]),
  );
  const reports = models.map((model) => compare(model, (pair) => answers.get(keyOf(pair)) as Answer));
  return reports.reduce((best, report) => (failures(report) < failures(best) ? report : best));
}

interface Answer {
  readonly inputIds: Int32Array;
  readonly logit: number;
}

function pairsOf({ pairs, rankings }: PublishedModel): PublishedPair[] {
  return [...pairs, ...rankings.flat()];
}

function keyOf({ query, document }: TextPair): string {
  return JSON.stringify([query, document]);
}

function compare(model: PublishedModel, answerOf: (pair: PublishedPair) => Answer): PublishedReport {
  const rows = pairsOf(model).map((pair) => {
    const { inputIds, logit } = answerOf(pair);
    const expected = publishedValue(pair);
    const actual = 'logit' in pair ? logit : sigmoid(logit);
    const distance = Math.abs(actual - expected);
    const idsMatch = pair.inputIds && String(inputIds) === String(pair.inputIds);
    return {
      ...{ pair, expected, actual, distance, idsMatch },
      passed: idsMatch !== false && distance <= pair.tolerance,
    };
  });
  const rankings = model.rankings.map((pairs) => {
    const values = pairs.map(publishedValue);
    const expected = [...values.keys()].filter((i) => values[i] === Math.max(...values));
    const [actual = -1] = rankByLogit(pairs.map((pair) => answerOf(pair).logit));
    return { query: pairs[0]?.query ?? '', expected, actual, passed: expected.includes(actual) };
  });
  return { model, rows, rankings, passed: [...rows, ...rankings].every(({ passed }) => passed) };
}

function publishedValue(pair: PublishedPair): number {
  return 'logit' in pair ? pair.logit : pair.score;
}

function failures({ rows, rankings }: PublishedReport): number {
  return [...rows, ...rankings].filter(({ passed }) => !passed).length;
}

/** The published models that this one may be: the one with its name, else all of its sizes. */
function findPublished({
  model: name,
  config,
}: Pick<ModelInfo, 'model' | 'config'>): readonly PublishedModel[] {
  const found = PUBLISHED_MODELS.filter(
    ({ vocabSize, hiddenSize, numHiddenLayers, maxSequenceLength }) =>
      config.numLabels === 1 &&
      config.vocabSize === (vocabSize ?? config.vocabSize) &&
      config.hiddenSize === hiddenSize &&
      config.numHiddenLayers === numHiddenLayers &&
      config.maxSequenceLength === maxSequenceLength,
  );
  const named = found.filter((model) => model.name === name || model.name.endsWith(`/${name}`));
  if (found.length > 0) return named.length > 0 ? named : found;
  const known = PUBLISHED_MODELS.map(
    (model) =>
      `${model.name} (${model.numHiddenLayers} layers, hidden ${model.hiddenSize}, ${model.maxSequenceLength} tokens)`,
  );
  throw new InputError(
    `Nothing is published of a model with ${config.numHiddenLayers} layers, hidden ${config.hiddenSize}, ` +
      `${config.maxSequenceLength} tokens, ${config.vocabSize} pieces and ${config.numLabels} labels. ` +
      `Known: ${known.join(', ')}. ` +
      'scripts/reference/make_golden.py makes a golden of any model; give it with --golden.',
  );
}
