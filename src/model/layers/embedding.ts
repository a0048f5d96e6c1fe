import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import type { RowTable } from '../../weights/format/row-table.js';
import type { Loaded, WeightScope } from '../../weights/weight-scope.js';

/** Sizes of an {@link Embedding}. */
export interface EmbeddingSizes {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
}

/**
 * Rows of a table by index, as `torch.nn.Embedding`: ids [tokens] -> [tokens, embeddingDim], float32.
 *
 * The table stays on the host ({@link RowTable}), so there is nothing to dispose and no gradient towards it.
 */
export class Embedding {
  private constructor(
    /** [numEmbeddings, embeddingDim] */
    private readonly weight: Loaded<RowTable>,
    private readonly embeddingDim: number,
  ) {}

  static load(scope: WeightScope, { numEmbeddings, embeddingDim }: EmbeddingSizes): Embedding {
    return new Embedding(scope.rowTable('weight', [numEmbeddings, embeddingDim]), embeddingDim);
  }

  /** @throws InternalError when an id is not a row of the table. */
  forward(ids: ArrayLike<number>): Tensor2D {
    return tensor2d(this.weight.value.lookUp(ids), [ids.length, this.embeddingDim]);
  }
}
