import { type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { type AttentionObserver, type AttentionStep, attention } from '../kernels/plain.js';
import { MAX_SCORES } from '../kernels/query-blocks.js';
import type { WeightScope } from '../weights/weight-scope.js';
import type { LayerPath } from './activations.js';
import type { ModelConfig } from './config/model-config.js';
import type { ForwardContext } from './forward-context.js';
import { Linear } from './layers/linear.js';

const STEPS: readonly AttentionStep[] = ['query', 'key', 'value', 'scores', 'probs'];

/**
 * softmax(Q K^T / sqrt(headDim) + mask) V for every head: XLMRobertaSelfAttention in transformers, eager attention.
 *
 * hidden states [batch x seq, hidden] -> [batch x queries, hidden]. `queries` is all tokens of a sequence, or only its
 * first. Queries, keys and values are one product, and the division by sqrt(headDim) is folded into its weights.
 */
export class SelfAttention {
  private constructor(
    /** Queries (already scaled), keys and values side by side: [hidden] -> [3 x hidden]. */
    private readonly projection: Linear,
    private readonly heads: number,
    private readonly headDim: number,
    private readonly path: LayerPath,
  ) {}

  static load(scope: WeightScope, config: ModelConfig, path: LayerPath): SelfAttention {
    const { hiddenSize, numAttentionHeads, headDim } = config;
    const projection = Linear.loadJoined(
      scope,
      [{ name: 'query', scale: 1 / Math.sqrt(headDim) }, { name: 'key' }, { name: 'value' }],
      { inFeatures: hiddenSize, outFeatures: hiddenSize },
    );
    return new SelfAttention(projection, numAttentionHeads, headDim, path);
  }

  /** @param queries rows computed for each sequence: all of its tokens, or 1. */
  forward(hiddenStates: Tensor2D, queries: number, context: ForwardContext): Tensor2D {
    const { heads, headDim } = this;
    const { batch, seq, lengths, additiveMask, kernels } = context;
    return tidy(() => {
      const projected = this.projection.forward(hiddenStates, kernels); // [batch x seq, 3 x hidden]
      const shape = { batch, seq, queries, heads, headDim, lengths, additiveMask };
      const observer = this.observerOf(context);
      const attended = STEPS.some(observer.wants)
        ? attention(context.toFloat32(projected), shape, MAX_SCORES, observer)
        : kernels.attention(projected, shape); // [batch x queries, hidden]
      return context.observeTokens(`${this.path}.attention.self.context`, attended);
    });
  }

  /** Shows the steps of this layer to the observer: queries, keys and values by token, scores and probs by head. */
  private observerOf(context: ForwardContext): AttentionObserver {
    const path = `${this.path}.attention.self` as const;
    return {
      wants: (step) => context.wants(`${path}.${step}`),
      observe: (step, tensor) =>
        step === 'scores' || step === 'probs'
          ? context.observe(`${path}.${step}`, tensor)
          : context.observeTokens(`${path}.${step}`, tensor),
    };
  }

  dispose(): void {
    this.projection.dispose();
  }
}
