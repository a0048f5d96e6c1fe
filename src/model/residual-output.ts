import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { WeightScope } from '../weights/weight-scope.js';
import type { LayerPath } from './activations.js';
import type { ForwardContext } from './forward-context.js';
import { LayerNorm } from './layers/layer-norm.js';
import { Linear, type LinearSizes } from './layers/linear.js';

/** The two places in a layer where the output of a block is added to the residual stream. */
export type ResidualPlace = `${LayerPath}.attention.output` | `${LayerPath}.output`;

/**
 * LayerNorm(x W^T + b + residual): XLMRobertaSelfOutput and XLMRobertaOutput in transformers, which are identical.
 *
 * x [tokens, inFeatures], residual [tokens, hidden] -> [tokens, hidden].
 */
export class ResidualOutput {
  private constructor(
    private readonly dense: Linear,
    private readonly layerNorm: LayerNorm,
    private readonly path: ResidualPlace,
  ) {}

  static load(
    scope: WeightScope,
    sizes: LinearSizes & { readonly eps: number },
    path: ResidualPlace,
  ): ResidualOutput {
    return new ResidualOutput(
      Linear.load(scope.in('dense'), sizes),
      LayerNorm.load(scope.in('LayerNorm'), { normalizedShape: sizes.outFeatures, eps: sizes.eps }),
      path,
    );
  }

  forward(x: Tensor2D, residual: Tensor2D, context: ForwardContext): Tensor2D {
    const { kernels } = context;
    const projected = context.observeTokens(`${this.path}.dense`, this.dense.forward(x, kernels));
    const summed = kernels.add(context.toFloat32(projected), residual);
    return context.observeTokens(`${this.path}.LayerNorm`, this.layerNorm.forward(summed, kernels));
  }

  dispose(): void {
    this.dense.dispose();
    this.layerNorm.dispose();
  }
}
