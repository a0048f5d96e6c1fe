import { encodePairs } from '../batching/encode-pairs.js';
import { assertMaxBatchTokens } from '../batching/planner.js';
import { InputError } from '../errors/errors.js';
import { hashWeights } from '../hub/fingerprint.js';
import { readModel } from '../hub/read-model.js';
import { resolveModel } from '../hub/resolve.js';
import { chooseActivation } from '../model/config/score-activation.js';
import type { PairTokenizer } from '../tokenizer/tokenizer.js';
import { assertMaxLength } from '../tokenizer/truncation.js';
import type { LoadProgress } from '../weights/checkpoint.js';
import { assertCalibrates, type CalibratedModel, type CalibrationCurve } from './calibration.js';
import { assertThreads, type LayersSpec, type LoadedLayers, loadLayers } from './load-layers.js';
import { Model, type ModelParts } from './model.js';
import pairs from './range-pairs.json' with { type: 'json' };
import type { ModelInfo, OpenOptions } from './types.js';

/** A model without its layers. */
export interface PreparedModel {
  readonly tokenizer: PairTokenizer;
  readonly about: Omit<ModelInfo, 'backend'>;
  /** The inputs for loading the layers. */
  readonly layers: LayersSpec;
}

/**
 * Loads a model into this thread.
 *
 * @param model a model folder, or a name of the hub; without one the embedded model.
 * @throws ConfigError, TokenizationError, WeightNotFoundError, WeightFormatError, WeightShapeError for the files;
 * HubError for a name of the hub; ModelChangedError if the lock file describes another model;
 * BackendUnavailableError; InputError for an option out of range.
 */
export async function openModel(model?: string, options: OpenOptions = {}): Promise<Model> {
  return openPrepared(await prepareModel(model, options), options.onLoadProgress);
}

/** Loads the layers of a prepared model into this thread; without its tokenizer it accepts only token ids. */
export async function openPrepared(
  prepared: Omit<PreparedModel, 'tokenizer'> & Partial<PreparedModel>,
  onProgress?: (progress: LoadProgress) => void,
): Promise<Model> {
  const { tokenizer } = prepared;
  const { classifier, checkpoint, ...loaded } = await loadLayers(prepared.layers, onProgress);
  return new Model({ ...toParts(prepared, loaded), ...(tokenizer && { tokenizer }), classifier, checkpoint });
}

/** Joins a prepared model with its layers, which were loaded in this thread or elsewhere. */
export function toParts(
  { about, layers }: Omit<PreparedModel, 'tokenizer'>,
  { backend, maxBatchTokens, warnings }: Omit<LoadedLayers, 'classifier' | 'checkpoint'>,
): ModelParts {
  return {
    info: { ...about, backend, warnings: [...warnings, ...about.warnings] },
    folder: layers.folder,
    maxBatchTokens,
    differentiable: layers.differentiable,
  };
}

/** Finds a model, and reads and checks everything except its weights. @throws like {@link openModel}. */
export async function prepareModel(
  model: string | undefined,
  options: OpenOptions = {},
): Promise<PreparedModel> {
  const { dtype = 'float32', truncation = 'longest_first', differentiable = false, maxBatchTokens } = options;
  const { threads } = options;
  assertThreads(threads, options.backend);
  if (differentiable && dtype !== 'float32') {
    throw new InputError(`Gradients need float32, but the dtype is "${dtype}".`);
  }
  if (maxBatchTokens !== undefined) {
    assertMaxBatchTokens(maxBatchTokens);
  }
  const resolved = await resolveModel(model, options);
  if (options.lockFile !== undefined) {
    const { assertLocked } = await import('../hub/lock-file.js');
    await assertLocked(options.lockFile, resolved);
  }
  const { folder, name, revision } = resolved;
  const { config, tokenizer } = await readModel(folder);
  const limit = config.maxSequenceLength;
  const maxLength = options.maxLength ?? Math.min(tokenizer.modelMaxLength ?? limit, limit);
  if (maxLength > limit) {
    throw new InputError(
      `The maximal length is ${maxLength}; this model has positions for only ${limit} tokens.`,
    );
  }
  assertMaxLength(maxLength, tokenizer.specialTokensPerPair);
  const { activation, warning } = chooseActivation(options.activation ?? 'sigmoid', config.activationFn);
  const truncationSide = options.truncationSide ?? tokenizer.truncationSide ?? 'right';
  const settings = { dtype, maxLength, truncation, truncationSide };
  const calibration =
    options.calibration === undefined
      ? undefined
      : await readCurve(options.calibration, { folder, labels: config.numLabels, settings });
  const about = {
    model: name,
    ...(revision !== undefined && { revision }),
    ...{ config, activation, ...settings },
    ...(calibration !== undefined && { calibration }),
    warnings: warning === undefined ? [] : [warning],
  };
  const samples = encodePairs(tokenizer, pairs, { maxLength: limit, truncation: 'longest_first' });
  const layers: LayersSpec = {
    ...{ folder, config, dtype, maxLength, maxBatchTokens, differentiable, threads },
    backend: options.backend ?? 'auto',
    samples: samples.flatMap(({ windows }) => windows.map(({ inputIds }) => inputIds)),
  };
  return { tokenizer, about, layers };
}

/** @throws InputError if the calibration is not for this model and these settings. */
async function readCurve(
  file: string,
  about: {
    readonly folder: string;
    readonly labels: number;
    readonly settings: Omit<CalibratedModel, 'weights'>;
  },
): Promise<CalibrationCurve> {
  const { folder, labels, settings } = about;
  if (labels !== 1) {
    throw new InputError(`This model has ${labels} labels; only a model with one has a calibrated score.`);
  }
  const { readCalibration } = await import('./calibration-file.js');
  const calibration = await readCalibration(file);
  assertCalibrates(calibration, { ...settings, weights: await hashWeights(folder) }, file);
  return calibration.curve;
}
