import { availableParallelism } from 'node:os';
import { createBatch } from '../batching/batch.js';
import { InputError } from '../errors/errors.js';
import { type StartedBackend, startBackend } from '../kernels/backend.js';
import { createDifferentiableKernels, createKernels, describeThreads } from '../kernels/choose.js';
import type { Kernels } from '../kernels/kernels.js';
import type { BackendRequest, ModelDtype } from '../kernels/names.js';
import { assertFitsHeap } from '../kernels/wasm/wasm-capacity.js';
import type { ModelConfig } from '../model/config/model-config.js';
import { SequenceClassifier } from '../model/sequence-classifier.js';
import { describeLeftovers } from '../weights/audit.js';
import { type Checkpoint, type LoadProgress, openCheckpoint } from '../weights/checkpoint.js';

/** The inputs for loading the layers of a model. Plain data, because it may go to another process. */
export interface LayersSpec {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly backend: BackendRequest;
  readonly dtype: ModelDtype;
  /** Token ids of varied texts, [texts][tokens]: kernels that need the range of values compute these once. */
  readonly samples: readonly Int32Array[];
  /** The length of the longest sequence, in tokens. */
  readonly maxLength: number;
  /** Padded tokens of one forward pass; undefined for the best number for backend and dtype. */
  readonly maxBatchTokens: number | undefined;
  /** Threads that compute a batch together, on wasm. Default: as many as there are cores. */
  readonly threads: number | undefined;
  /** Cores that this process may take, if other processes share the machine with it. */
  readonly cores?: number | undefined;
  /** Whether the kernels have gradients; those of node and wasm are slower. */
  readonly differentiable: boolean;
}

/** The loaded layers. */
export interface LoadedLayers {
  readonly classifier: SequenceClassifier;
  /** Closed, but it still knows the position of each weight. */
  readonly checkpoint: Checkpoint;
  readonly backend: StartedBackend;
  /** Padded tokens of one forward pass. */
  readonly maxBatchTokens: number;
  /** Oddities of the checkpoint that do not prevent loading. */
  readonly warnings: readonly string[];
}

/**
 * The best batch sizes, measured: on wasm and cpu, larger ones do not fit into the processor's cache. The number for
 * webgpu is a guess, because no GPU was available: each batch takes some hundred commands, whatever its size.
 */
const MAX_BATCH_TOKENS = { node: 1024, webgpu: 4096, wasm: 512, cpu: 512 } as const;
/** int8 is 8 % faster with larger batches (18 % without padding), because oneDNN repacks the weights for each batch. */
const MAX_BATCH_TOKENS_INT8 = 2048;

/**
 * Starts the backend of this thread and loads the layers with their weights.
 *
 * @returns the classifier, which the caller disposes.
 * @throws BackendUnavailableError, also if the model is too large for the backend; WeightNotFoundError,
 * WeightFormatError or WeightShapeError for the checkpoint.
 */
export async function loadLayers(
  {
    folder,
    config,
    backend: request,
    dtype,
    samples,
    maxLength,
    differentiable,
    threads,
    ...spec
  }: LayersSpec,
  onProgress?: (progress: LoadProgress) => void,
): Promise<LoadedLayers> {
  const started = await startBackend(request);
  const { name } = started;
  assertThreads(threads, name);
  const maxBatchTokens =
    spec.maxBatchTokens ?? (dtype === 'int8' ? MAX_BATCH_TOKENS_INT8 : MAX_BATCH_TOKENS[name]);
  const checkpoint = await openCheckpoint(folder);
  let kernels: Kernels | undefined;
  try {
    if (name === 'wasm') {
      const tokens = Math.max(maxLength, maxBatchTokens);
      assertFitsHeap({ ...config, parameters: countParameters(config), tokens }, folder);
    }
    const wanted = name === 'wasm' ? (threads ?? spec.cores ?? availableParallelism()) : 1;
    kernels = await (differentiable
      ? createDifferentiableKernels(started, wanted)
      : createKernels(started, dtype, wanted));
    const warnings: string[] = [];
    const onLeftovers = (names: readonly string[]): void => {
      const warning = describeLeftovers(names);
      if (warning !== undefined) {
        warnings.push(warning);
      }
    };
    const classifier = await SequenceClassifier.load(checkpoint, config, {
      kernels,
      onProgress,
      onLeftovers,
    });
    kernels.measureRanges(() => {
      for (const ids of samples) {
        classifier.forward(createBatch([ids], config.padTokenId)).dispose();
      }
    });
    return {
      classifier,
      checkpoint,
      backend: describeThreads(started, kernels, wanted),
      maxBatchTokens,
      warnings,
    };
  } catch (error) {
    kernels?.dispose();
    throw error;
  } finally {
    await checkpoint.close();
  }
}

/** @throws InputError where the backend cannot run in so many threads. */
export function assertThreads(threads: number | undefined, backend: BackendRequest | undefined): void {
  if (threads === undefined) {
    return;
  }
  if (!(Number.isSafeInteger(threads) && threads > 0)) {
    throw new InputError(`threads is ${threads}; it must be a positive integer.`);
  }
  const why = {
    node: 'TensorFlow uses all cores by itself',
    webgpu: 'there is one GPU',
    cpu: 'it has no threads',
  };
  if (threads > 1 && backend !== undefined && backend in why) {
    throw new InputError(
      `threads is ${threads}, but the backend is "${backend}": ${why[backend as keyof typeof why]}. Leave threads ` +
        'out, or use the backend "wasm".',
    );
  }
}

/** Number of parameters that the backend will hold: all except the tables of embeddings, which stay outside it. */
function countParameters({ hiddenSize, intermediateSize, numHiddenLayers, numLabels }: ModelConfig): number {
  const linear = (inFeatures: number, outFeatures: number): number => (inFeatures + 1) * outFeatures;
  const norm = 2 * hiddenSize;
  const layer =
    4 * linear(hiddenSize, hiddenSize) +
    linear(hiddenSize, intermediateSize) +
    linear(intermediateSize, hiddenSize) +
    2 * norm;
  return norm + numHiddenLayers * layer + linear(hiddenSize, hiddenSize) + linear(hiddenSize, numLabels);
}
