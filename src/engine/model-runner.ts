import { type Batch, createBatch } from '../batching/batch.js';
import { type BackendRequest, type StartedBackend, startBackend } from '../kernels/backend.js';
import { createDifferentiableKernels, createKernels } from '../kernels/choose.js';
import type { ModelDtype } from '../kernels/model-dtype.js';
import { assertFitsHeap } from '../kernels/wasm/wasm-capacity.js';
import type { ModelConfig } from '../model/config/model-config.js';
import { SequenceClassifier } from '../model/sequence-classifier.js';
import { describeLeftovers } from '../weights/audit.js';
import { type LoadProgress, openCheckpoint } from '../weights/checkpoint.js';

/** A model that computes batches: in this thread, or behind another one. */
export interface Runner {
  readonly backend: StartedBackend;
  /** What is odd about the model, and did not keep it from being loaded. */
  readonly warnings: readonly string[];
  /** @returns logits [batch][labels], float32 values; those of an input may be no finite numbers. */
  run(batch: Batch): Promise<number[][]>;
  /** Frees the weights; what still runs rejects. */
  dispose(): void;
}

/** What a runner computes on and in. */
export interface RunnerOptions {
  readonly backend: BackendRequest;
  readonly dtype: ModelDtype;
  /** Token ids of texts of many kinds: what kernels that must know how large things become are shown. */
  readonly samples: readonly Int32Array[];
  /** By ops that have gradients, where the backend has faster ones. */
  readonly differentiable?: boolean | undefined;
  /** Tokens of the largest forward pass, padding counted: a heap of limited size must have room for it. */
  readonly maxTokens: number;
}

/** The model in this thread. */
export class ModelRunner implements Runner {
  private constructor(
    readonly backend: StartedBackend,
    readonly classifier: SequenceClassifier,
    readonly warnings: readonly string[],
  ) {}

  /** @throws BackendUnavailableError, also where the model is too large for it, and what is wrong with the weights: WeightNotFoundError and its kin. */
  static async load(
    folder: string,
    config: ModelConfig,
    { backend: request, dtype, samples, maxTokens, differentiable = false }: RunnerOptions,
    onProgress?: (progress: LoadProgress) => void,
  ): Promise<ModelRunner> {
    const backend = await startBackend(request);
    const kernels = await (differentiable
      ? createDifferentiableKernels(backend)
      : createKernels(backend, dtype));
    const checkpoint = await openCheckpoint(folder);
    try {
      if (backend.name === 'wasm') {
        assertFitsHeap({ ...config, parameters: countParameters(config), tokens: maxTokens }, folder);
      }
      let warning: string | undefined;
      const onLeftovers = (names: readonly string[]): void => {
        warning = describeLeftovers(names);
      };
      const classifier = await SequenceClassifier.load(checkpoint, config, {
        kernels,
        onProgress,
        onLeftovers,
      });
      kernels.calibrate(() => {
        for (const ids of samples) {
          classifier.forward(createBatch([ids], config.padTokenId)).dispose();
        }
      });
      return new ModelRunner(backend, classifier, warning === undefined ? [] : [warning]);
    } finally {
      await checkpoint.close();
    }
  }

  async run(batch: Batch): Promise<number[][]> {
    const logits = this.classifier.forward(batch);
    try {
      const values = Array.from(await logits.data<'float32'>());
      const labels = this.classifier.config.numLabels;
      return Array.from(batch.lengths, (_, row) => values.slice(row * labels, (row + 1) * labels));
    } finally {
      logits.dispose();
    }
  }

  dispose(): void {
    this.classifier.dispose();
  }
}

/** Parameters that the backend will hold: all but the tables of embeddings, which stay on the host. */
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
