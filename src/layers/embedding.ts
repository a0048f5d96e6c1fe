import { gather, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import type { WeightScope } from '../weights/weight-scope.js';

/** Sizes of an {@link Embedding}. */
export interface EmbeddingSizes {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
}

/** Rows of a table by index, as `torch.nn.Embedding`: ids [tokens], int32 -> [tokens, embeddingDim], float32. */
export class Embedding {
  private constructor(
    /** [numEmbeddings, embeddingDim] */
    private readonly weight: Tensor2D,
  ) {}

  static async load(scope: WeightScope, { numEmbeddings, embeddingDim }: EmbeddingSizes): Promise<Embedding> {
    return new Embedding(await scope.tensor<Tensor2D>('weight', [numEmbeddings, embeddingDim]));
  }

  /** The ids must be inside the table: no backend checks them alike. */
  forward(ids: Tensor1D): Tensor2D {
    return gather(this.weight, ids);
  }

  dispose(): void {
    this.weight.dispose();
  }
}
