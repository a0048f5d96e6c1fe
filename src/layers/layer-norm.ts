import {
  add,
  mean,
  mul,
  rsqrt,
  square,
  sub,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Kernels } from '../tensor/kernels.js';
import type { WeightScope } from '../weights/weight-scope.js';

/** Sizes of a {@link LayerNorm}; `eps` is the checkpoint's, never a default (1e-5 in bge, 1e-12 elsewhere). */
export interface LayerNormSizes {
  readonly normalizedShape: number;
  readonly eps: number;
}

/**
 * y = (x - E[x]) / sqrt(Var[x] + eps) * weight + bias over the last dimension, as `torch.nn.LayerNorm`: the variance
 * is the biased one, of the centred values (two passes: no cancellation), eps inside the root.
 *
 * x [tokens, hidden] -> [tokens, hidden], float32.
 */
export class LayerNorm {
  private constructor(
    /** [hidden] */
    private readonly weight: Tensor1D,
    /** [hidden] */
    private readonly bias: Tensor1D,
    private readonly eps: number,
  ) {}

  static async load(scope: WeightScope, { normalizedShape, eps }: LayerNormSizes): Promise<LayerNorm> {
    const [weight, bias] = await scope.tensors(
      { weight: [normalizedShape], bias: [normalizedShape] },
      (tensors) => [tensors.weight, tensors.bias],
    );
    return new LayerNorm(weight as Tensor1D, bias as Tensor1D, eps);
  }

  forward(x: Tensor2D, { layerNorm }: Kernels): Tensor2D {
    if (layerNorm !== undefined) {
      return layerNorm(x, this.weight, this.bias, this.eps);
    }
    return tidy(() => {
      const centred = sub(x, mean(x, 1, true));
      const variance = mean(square(centred), 1, true); // [tokens, 1]
      const normalized = mul(centred, rsqrt(add(variance, this.eps)));
      return add(mul(normalized, this.weight), this.bias);
    });
  }

  dispose(): void {
    this.weight.dispose();
    this.bias.dispose();
  }
}
