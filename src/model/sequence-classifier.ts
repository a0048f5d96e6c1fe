import { type Tensor, type Tensor2D, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Batch } from '../batching/batch.js';
import { SequenceTooLongError } from '../errors/errors.js';
import type { Kernels } from '../kernels/kernels.js';
import { PLAIN_KERNELS } from '../kernels/plain.js';
import type { Checkpoint } from '../weights/checkpoint.js';
import { type LoadOptions, loadWeights } from '../weights/weight-scope.js';
import { type Observer, UNOBSERVED } from './activations.js';
import { ClassificationHead } from './classification-head.js';
import type { ModelConfig } from './config/model-config.js';
import { Embeddings } from './embeddings.js';
import { Encoder } from './encoder.js';
import { ForwardContext } from './forward-context.js';
import { createPositionIds } from './position-ids.js';

/** Large enough that exp() of a masked score is exactly 0, and small enough that no sum overflows. */
const MASKED = -1e9;

/**
 * XLMRobertaForSequenceClassification: embeddings, encoder, classification head. Token ids in, logits out.
 *
 * The caller disposes the tensors that methods return. Everything else is freed, also after an error. A forward pass
 * is synchronous from its first tensor to its logits.
 */
export class SequenceClassifier {
  private constructor(
    readonly config: ModelConfig,
    private readonly embeddings: Embeddings,
    private readonly encoder: Encoder,
    private readonly classifier: ClassificationHead,
    private readonly kernels: Kernels,
  ) {}

  /** @throws what {@link loadWeights} throws; no tensor is left behind then. */
  static async load(
    checkpoint: Checkpoint,
    config: ModelConfig,
    options: LoadOptions = {},
  ): Promise<SequenceClassifier> {
    return loadWeights(
      checkpoint,
      (root) => {
        const roberta = root.in('roberta');
        return new SequenceClassifier(
          config,
          Embeddings.load(roberta.in('embeddings'), config),
          Encoder.load(roberta.in('encoder'), config),
          ClassificationHead.load(root.in('classifier'), config),
          options.kernels ?? PLAIN_KERNELS,
        );
      },
      options,
    );
  }

  /** @returns logits [batch, labels], float32. */
  forward(batch: Batch, observer: Observer = UNOBSERVED): Tensor2D {
    return tidy(() => this.forwardFrom(this.embed(batch), batch, observer));
  }

  /** @returns the word embeddings of a batch, [batch x seq, hidden]: what {@link forwardFrom} starts from. */
  embed(batch: Batch): Tensor2D {
    return tidy(() => this.embeddings.lookUpWords(batch.inputIds));
  }

  /**
   * Runs the forward pass from given word embeddings [batch x seq, hidden] instead of the table's rows. Ids, lengths
   * and positions are those of the batch.
   *
   * @returns logits [batch, labels], float32.
   * @throws SequenceTooLongError when the batch is longer than the model's positions.
   */
  forwardFrom(wordEmbeddings: Tensor2D, batch: Batch, observer: Observer = UNOBSERVED): Tensor2D {
    const { maxSequenceLength, padTokenId } = this.config;
    if (batch.seq > maxSequenceLength) {
      throw new SequenceTooLongError(
        `A sequence has ${batch.seq} tokens; this model has positions for ${maxSequenceLength}. Truncate the pair.`,
        batch.seq,
        maxSequenceLength,
      );
    }
    const { inputIds, lengths, seq } = batch;
    const positionIds = createPositionIds(inputIds, seq, padTokenId);
    return tidy(() => {
      const mask = createAdditiveMask(batch);
      this.kernels.startBatch(batch);
      const context = new ForwardContext(lengths.length, seq, lengths, mask, this.kernels, observer);
      const embedded = this.embeddings.forward(wordEmbeddings, positionIds, context); // [batch x seq, hidden]
      const firstTokens = this.encoder.forward(embedded, context); // [batch, hidden]
      return this.classifier.forward(firstTokens, context); // [batch, labels]
    });
  }

  /**
   * Runs the head alone: the model's answer if the encoder had returned these first tokens.
   *
   * @param firstTokens [batch, hidden]
   * @returns logits [batch, labels], float32.
   */
  classify(firstTokens: Tensor2D): Tensor2D {
    const [batch] = firstTokens.shape;
    const lengths = new Int32Array(batch).fill(1);
    return tidy(() => {
      const context = new ForwardContext(batch, 1, lengths, undefined, this.kernels, UNOBSERVED);
      return this.classifier.forward(firstTokens, context);
    });
  }

  /** Frees the weights. */
  dispose(): void {
    this.embeddings.dispose();
    this.encoder.dispose();
    this.classifier.dispose();
    this.kernels.dispose();
  }
}

/** [batch, 1, 1, seq]; undefined if no sequence is padded. */
function createAdditiveMask({ lengths, seq }: Batch): Tensor | undefined {
  if (lengths.every((length) => length === seq)) {
    return undefined;
  }
  const mask = new Float32Array(lengths.length * seq);
  for (const [row, length] of lengths.entries()) {
    mask.fill(MASKED, row * seq + length, (row + 1) * seq);
  }
  return tensor(mask, [lengths.length, 1, 1, seq]);
}
