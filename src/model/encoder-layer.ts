import { reshape, slice, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { WeightScope } from '../weights/weight-scope.js';
import type { LayerPath } from './activations.js';
import type { ModelConfig } from './config/model-config.js';
import type { ForwardContext } from './forward-context.js';
import { Linear } from './layers/linear.js';
import { ResidualOutput } from './residual-output.js';
import { SelfAttention } from './self-attention.js';

/**
 * Self-attention and feed-forward, each followed by its residual sum and LayerNorm: XLMRobertaLayer in transformers.
 *
 * hidden states [batch x seq, hidden] -> [batch x queries, hidden]: all rows, or only the first of each sequence.
 */
export class EncoderLayer {
  private constructor(
    private readonly attention: SelfAttention,
    private readonly attentionOutput: ResidualOutput,
    private readonly intermediate: Linear,
    private readonly output: ResidualOutput,
    private readonly path: LayerPath,
  ) {}

  static load(scope: WeightScope, config: ModelConfig, path: LayerPath): EncoderLayer {
    const { hiddenSize, intermediateSize, layerNormEps: eps } = config;
    return new EncoderLayer(
      SelfAttention.load(scope.in('attention.self'), config, path),
      ResidualOutput.load(
        scope.in('attention.output'),
        { inFeatures: hiddenSize, outFeatures: hiddenSize, eps },
        `${path}.attention.output`,
      ),
      Linear.load(scope.in('intermediate.dense'), { inFeatures: hiddenSize, outFeatures: intermediateSize }),
      ResidualOutput.load(
        scope.in('output'),
        { inFeatures: intermediateSize, outFeatures: hiddenSize, eps },
        `${path}.output`,
      ),
      path,
    );
  }

  /** @param queries rows computed for each sequence: all of its tokens, or 1. */
  forward(hiddenStates: Tensor2D, queries: number, context: ForwardContext): Tensor2D {
    // One tidy for each layer: the intermediate tensors of a whole forward pass would take gigabytes.
    return tidy(() => {
      const residual = queries === context.seq ? hiddenStates : takeFirstTokens(hiddenStates, context.batch);
      const attended = this.attention.forward(hiddenStates, queries, context); // [batch x queries, hidden]
      const afterAttention = this.attentionOutput.forward(attended, residual, context); // [batch x queries, hidden]
      const expanded = this.expand(afterAttention, context); // [batch x queries, intermediate]
      return this.output.forward(expanded, afterAttention, context); // [batch x queries, hidden]
    });
  }

  /** GELU(x W^T + b), XLMRobertaIntermediate: [tokens, hidden] -> [tokens, intermediate]. One kernel if `dense` is not observed. */
  private expand(x: Tensor2D, context: ForwardContext): Tensor2D {
    const { kernels } = context;
    const dense = `${this.path}.intermediate.dense` as const;
    const activated = context.wants(dense)
      ? kernels.gelu(context.observeTokens(dense, this.intermediate.forward(x, kernels)))
      : this.intermediate.forward(x, kernels, 'gelu');
    return context.observeTokens(`${this.path}.intermediate.activation`, activated);
  }

  dispose(): void {
    this.attention.dispose();
    this.attentionOutput.dispose();
    this.intermediate.dispose();
    this.output.dispose();
  }
}

/** The first row of each sequence, which is all that the head reads: [batch x rows, hidden] -> [batch, hidden]. */
export function takeFirstTokens(hiddenStates: Tensor2D, batch: number): Tensor2D {
  const [rows, hidden] = hiddenStates.shape;
  return slice(reshape(hiddenStates, [batch, (rows / batch) * hidden]), [0, 0], [batch, hidden]) as Tensor2D;
}
