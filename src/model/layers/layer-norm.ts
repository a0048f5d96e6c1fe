import { dispose, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import type { Kernels } from '../../kernels/kernels.js';
import type { Loaded, WeightScope } from '../../weights/weight-scope.js';

/** Sizes of a {@link LayerNorm}. `eps` comes from the checkpoint (1e-5 in bge, 1e-12 elsewhere); it has no default. */
export interface LayerNormSizes {
  readonly normalizedShape: number;
  readonly eps: number;
}

/**
 * y = (x - E[x]) / sqrt(Var[x] + eps) * weight + bias over the last dimension, as `torch.nn.LayerNorm`.
 *
 * x [tokens, hidden] -> [tokens, hidden], float32.
 */
export class LayerNorm {
  private constructor(
    /** Weight and bias, [hidden] each. */
    private readonly weights: Loaded<readonly Tensor[]>,
    private readonly eps: number,
  ) {}

  static load(scope: WeightScope, { normalizedShape, eps }: LayerNormSizes): LayerNorm {
    const shapes = { weight: [normalizedShape], bias: [normalizedShape] };
    return new LayerNorm(
      scope.tensors(shapes, ({ weight, bias }) => [weight, bias]),
      eps,
    );
  }

  forward(x: Tensor2D, { layerNorm }: Kernels): Tensor2D {
    const [weight, bias] = this.weights.value as readonly [Tensor1D, Tensor1D];
    return layerNorm(x, weight, bias, this.eps);
  }

  dispose(): void {
    dispose([...this.weights.value]);
  }
}
