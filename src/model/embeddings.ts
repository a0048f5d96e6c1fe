import { add, type Tensor2D, tile } from '@tensorflow/tfjs-core';
import type { WeightScope } from '../weights/weight-scope.js';
import type { ModelConfig } from './config/model-config.js';
import type { ForwardContext } from './forward-context.js';
import { Embedding } from './layers/embedding.js';
import { LayerNorm } from './layers/layer-norm.js';

/**
 * LayerNorm(word + token type + position), XLMRobertaEmbeddings in transformers.
 *
 * ids [tokens] -> [tokens, hidden]. Every token has token type 0. Its row is usually not zero, so it is added.
 */
export class Embeddings {
  private constructor(
    private readonly wordEmbeddings: Embedding,
    private readonly positionEmbeddings: Embedding,
    private readonly tokenTypeEmbeddings: Embedding,
    private readonly layerNorm: LayerNorm,
  ) {}

  static load(scope: WeightScope, config: ModelConfig): Embeddings {
    const { vocabSize, maxPositionEmbeddings, typeVocabSize, hiddenSize, layerNormEps: eps } = config;
    const table = (name: string, numEmbeddings: number): Embedding =>
      Embedding.load(scope.in(name), { numEmbeddings, embeddingDim: hiddenSize });
    return new Embeddings(
      table('word_embeddings', vocabSize),
      table('position_embeddings', maxPositionEmbeddings),
      table('token_type_embeddings', typeVocabSize),
      LayerNorm.load(scope.in('LayerNorm'), { normalizedShape: hiddenSize, eps }),
    );
  }

  /** The rows of the word table: ids [tokens] -> [tokens, hidden]. */
  lookUpWords(inputIds: Int32Array): Tensor2D {
    return this.wordEmbeddings.forward(inputIds);
  }

  /**
   * The rest, from the word embeddings on: [tokens, hidden] -> [tokens, hidden]. Attribution starts here, because it
   * needs gradients towards word embeddings and not towards the table.
   */
  forward(wordEmbeddings: Tensor2D, positionIds: Int32Array, context: ForwardContext): Tensor2D {
    const words = context.observeTokens('embeddings.word_embeddings', wordEmbeddings);
    const positions = context.observeTokens(
      'embeddings.position_embeddings',
      this.positionEmbeddings.forward(positionIds),
    );
    const summed = add(add(words, this.tokenTypes(context)), positions);
    return context.observeTokens(
      'embeddings.LayerNorm',
      this.layerNorm.forward(summed as Tensor2D, context.kernels),
    );
  }

  /** Row 0, [1, hidden], for broadcasting; an observer sees it as [batch, seq, hidden]. */
  private tokenTypes(context: ForwardContext): Tensor2D {
    const row = this.tokenTypeEmbeddings.forward([0]);
    if (!context.wants('embeddings.token_type_embeddings')) {
      return row;
    }
    return context.observeTokens(
      'embeddings.token_type_embeddings',
      tile(row, [context.batch * context.seq, 1]),
    );
  }

  dispose(): void {
    this.layerNorm.dispose();
  }
}
