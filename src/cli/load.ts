import { availableParallelism } from 'node:os';
import type { Model } from '../engine/model.js';
import type { ModelInfo, ModelOptions } from '../engine/types.js';
import { InputError } from '../errors/errors.js';
import type { ResolvedModel } from '../hub/model-id.js';
import type { Inspector } from '../inspection/index.js';
import type { ActivationRequest } from '../model/config/score-activation.js';
import type { Reranker } from '../reranker/reranker.js';
import type { LoadProgress } from '../weights/checkpoint.js';
import { formatBytes, formatDuration } from './format/format.js';
import { DownloadMeter } from './io/download-meter.js';
import type { Io } from './io/io.js';
import type { Reporter } from './io/reporter.js';
import { LOCK_FILE, type ModelSelection, type RunOptions } from './options.js';

/** Finds the model of the options, downloads it if necessary, and reports that on stderr. */
export async function resolveModelFor(
  { model, locked }: Pick<ModelSelection, 'model' | 'locked'>,
  { signal }: Io,
  reporter: Reporter,
  { update = false } = {},
): Promise<ResolvedModel> {
  const { resolveModel } = await import('../hub/resolve.js');
  const lockFile = locked ? LOCK_FILE : undefined;
  const meter = new DownloadMeter(reporter);
  try {
    const resolved = await resolveModel(model, {
      signal,
      update,
      lockFile,
      onDownloadProgress: meter.update,
    });
    meter.finish(resolved.folder);
    return resolved;
  } finally {
    reporter.clear();
  }
}

/** Options of a command with a choice of the scale of scores. */
export interface ScoreScaleOptions extends RunOptions {
  readonly activation?: ActivationRequest | undefined;
  readonly calibration?: string | undefined;
}

/** Loads the model of the options and describes it on stderr. */
export async function loadReranker(
  options: ScoreScaleOptions,
  io: Io,
  reporter: Reporter,
): Promise<Reranker> {
  const { Reranker } = await import('../reranker/reranker.js');
  return load((model, rest) => Reranker.load(model, rest), options, io, reporter);
}

/** The same for a model that ranks: one with a single label. */
export async function loadRanker(options: ScoreScaleOptions, io: Io, reporter: Reporter): Promise<Reranker> {
  const reranker = await loadReranker(options, io, reporter);
  const { model, config } = reranker.info;
  if (config.numLabels !== 1) {
    throw new InputError(
      `${model} has ${config.numLabels} labels (${config.labels.join(', ')}): it is a classifier and cannot rank. ` +
        'The command score gives the scores of its labels.',
    );
  }
  return reranker;
}

/** The same one level lower: token ids in, logits out. With several workers, it is in as many processes. */
export async function loadModel(
  { workers = 1, ...options }: ScoreScaleOptions & { readonly workers?: number | undefined },
  io: Io,
  reporter: Reporter,
): Promise<Model> {
  if (workers > 1) {
    const { RemoteModel } = await import('../process/remote-model.js');
    shareCores(workers);
    return load(
      (model, rest) => RemoteModel.open(model, rest, { processes: workers, signal: io.signal }),
      options,
      io,
      reporter,
    );
  }
  const { openModel } = await import('../engine/open.js');
  return load((model, rest) => openModel(model, rest), options, io, reporter);
}

/** The same in a process of its own, so that models on several backends are there at once. */
export async function loadModelApart(options: RunOptions, io: Io, reporter: Reporter): Promise<Model> {
  const { RemoteModel } = await import('../process/remote-model.js');
  return load((model, rest) => RemoteModel.open(model, rest, { signal: io.signal }), options, io, reporter);
}

/** TensorFlow takes all cores in each process, unless it is told otherwise. */
function shareCores(processes: number): void {
  const cores = String(Math.max(1, Math.floor(availableParallelism() / processes)));
  process.env.TF_NUM_INTRAOP_THREADS ??= cores;
  process.env.OMP_NUM_THREADS ??= cores;
}

/** The same for a model to inspect. */
export async function loadInspector(
  options: RunOptions,
  io: Io,
  reporter: Reporter,
  { differentiable = false }: { readonly differentiable?: boolean } = {},
): Promise<Inspector> {
  const { Inspector } = await import('../inspection/index.js');
  return load((model, rest) => Inspector.load(model, { ...rest, differentiable }), options, io, reporter);
}

async function load<T extends { readonly info: ModelInfo }>(
  start: (model: string | undefined, options: ModelOptions) => Promise<T>,
  options: ScoreScaleOptions,
  io: Io,
  reporter: Reporter,
): Promise<T> {
  const { verbose } = options;
  const { reference } = await resolveModelFor(options, io, reporter);
  silenceTensorFlow();
  const startedAt = performance.now();
  const onLoadProgress = ({ loadedBytes, totalBytes }: LoadProgress): void =>
    reporter.status(() => `Loading ${formatBytes(loadedBytes)} of ${formatBytes(totalBytes)}`);
  try {
    const loaded = await Promise.race([
      start(reference, {
        ...scorerOptions(options),
        onLoadProgress,
        offline: true,
      }),
      rejection(io.signal),
    ]);
    const { info } = loaded;
    reporter.note(
      `${describeModel(info)} on ${info.backend.description}; ${info.dtype}; ` +
        `loaded in ${formatDuration(performance.now() - startedAt)}`,
    );
    for (const warning of info.warnings) {
      reporter.note(`Warning: ${warning}`);
    }
    if (verbose) {
      const { numHiddenLayers, hiddenSize, numAttentionHeads, vocabSize, labels } = info.config;
      reporter.note(
        `${numHiddenLayers} layers, hidden ${hiddenSize}, ${numAttentionHeads} heads, ${vocabSize} pieces, ` +
          `labels ${labels.join(', ')}; at most ${info.maxLength} tokens a pair, ${info.truncation}; scores by ${info.activation}`,
      );
    }
    return loaded;
  } finally {
    reporter.clear();
  }
}

/** TensorFlow's C library reads it when it is loaded, also in child processes: only errors are printed. */
export function silenceTensorFlow(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
}

/** `owner/name@commit`, or the folder's name. */
function describeModel({ model, revision }: ModelInfo): string {
  return revision === undefined ? model : `${model}@${revision.slice(0, 8)}`;
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** The options for loading and running a model. */
export function scorerOptions(options: ScoreScaleOptions) {
  const { activation, calibration, backend, dtype, maxLength, maxBatchTokens, threads } = options;
  const { truncation, truncationSide } = options;
  const lockFile = options.locked ? LOCK_FILE : undefined;
  return {
    ...{ activation, calibration, backend, dtype, maxLength, maxBatchTokens, threads },
    ...{ truncation, truncationSide },
    lockFile,
  };
}
