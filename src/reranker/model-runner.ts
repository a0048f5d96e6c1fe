import { type Batch, createBatch } from '../batching/batch.js';
import type { ModelConfig } from '../config/model-config.js';
import { SequenceClassifier } from '../model/sequence-classifier.js';
import { type BackendRequest, type StartedBackend, startBackend } from '../tensor/backend.js';
import { createDifferentiableKernels, createKernels } from '../tensor/create-kernels.js';
import type { ModelDtype } from '../tensor/model-dtype.js';
import { assertFitsHeap } from '../tensor/wasm-capacity.js';
import { type Checkpoint, type LoadProgress, openCheckpoint } from '../weights/checkpoint.js';

/** A model that computes batches: in this thread, or behind another one. */
export interface Runner {
  readonly backend: StartedBackend;
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
        const parameters = countParameters(checkpoint);
        assertFitsHeap({ ...config, parameters, tokens: maxTokens }, folder);
      }
      const classifier = await SequenceClassifier.load(checkpoint, config, { kernels, onProgress });
      kernels.calibrate(() => {
        for (const ids of samples) {
          classifier.forward(createBatch([ids], config.padTokenId)).dispose();
        }
      });
      return new ModelRunner(backend, classifier);
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

/** Tables of embeddings, which stay on the host. */
const TABLE = /embeddings\.(?:word|position|token_type)_embeddings\.weight$/;

/** Parameters that the backend will hold. */
function countParameters({ entries }: Checkpoint): number {
  return [...entries.values()].reduce(
    (sum, { name, shape }) => sum + (TABLE.test(name) ? 0 : shape.reduce((a, b) => a * b, 1)),
    0,
  );
}
