import { type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../config/model-config.js';
import { gelu } from '../layers/activation.js';
import { Linear } from '../layers/linear.js';
import type { WeightScope } from '../weights/weight-scope.js';
import type { LayerPath } from './activations.js';
import type { ForwardContext } from './forward-context.js';
import { ResidualOutput } from './residual-output.js';
import { SelfAttention } from './self-attention.js';

/**
 * Self-attention and feed-forward, each followed by its residual sum and LayerNorm: XLMRobertaLayer in transformers.
 *
 * hidden states [batch x seq, hidden] -> [batch x queries, hidden], one row for each query row.
 */
export class EncoderLayer {
  private constructor(
    private readonly attention: SelfAttention,
    private readonly attentionOutput: ResidualOutput,
    private readonly intermediate: Linear,
    private readonly output: ResidualOutput,
    private readonly path: LayerPath,
  ) {}

  static async load(scope: WeightScope, config: ModelConfig, path: LayerPath): Promise<EncoderLayer> {
    const { hiddenSize, intermediateSize, layerNormEps: eps } = config;
    const [attention, attentionOutput, intermediate, output] = await Promise.all([
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
    ]);
    return new EncoderLayer(attention, attentionOutput, intermediate, output, path);
  }

  /** @param queryStates the rows of `hiddenStates` that are carried on: all of them, or the first tokens alone. */
  forward(queryStates: Tensor2D, hiddenStates: Tensor2D, context: ForwardContext): Tensor2D {
    const { path } = this;
    // A tidy a layer: what a whole forward makes in between would be gigabytes.
    return tidy(() => {
      const attended = this.attention.forward(queryStates, hiddenStates, context);
      const afterAttention = this.attentionOutput.forward(attended, queryStates, context);
      const expanded = context.observeTokens(
        `${path}.intermediate.dense`,
        this.intermediate.forward(afterAttention),
      ); // [tokens, intermediate]
      const activated = context.observeTokens(`${path}.intermediate.activation`, gelu(expanded));
      return this.output.forward(activated, afterAttention, context);
    });
  }

  dispose(): void {
    this.attention.dispose();
    this.attentionOutput.dispose();
    this.intermediate.dispose();
    this.output.dispose();
  }
}
