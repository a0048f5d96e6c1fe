import {
  add,
  matMul,
  mul,
  reshape,
  softmax,
  type Tensor2D,
  type Tensor4D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../config/model-config.js';
import { Linear } from '../layers/linear.js';
import { attendPerHead, prefersPerHead } from '../tensor/per-head-attention.js';
import type { WeightScope } from '../weights/weight-scope.js';
import type { LayerPath } from './activations.js';
import type { ForwardContext } from './forward-context.js';

/**
 * softmax(Q K^T / sqrt(headDim) + mask) V for every head, XLMRobertaSelfAttention with eager attention.
 *
 * Queries come from `queryStates` [batch x queries, hidden] (all tokens, or the first of each sequence alone), keys
 * and values from `hiddenStates` [batch x seq, hidden] -> [batch x queries, hidden]. Scores are divided before the
 * mask is added.
 */
export class SelfAttention {
  private readonly scale: number;

  private constructor(
    private readonly query: Linear,
    private readonly key: Linear,
    private readonly value: Linear,
    private readonly heads: number,
    private readonly headDim: number,
    private readonly path: LayerPath,
  ) {
    this.scale = 1 / Math.sqrt(headDim);
  }

  static async load(scope: WeightScope, config: ModelConfig, path: LayerPath): Promise<SelfAttention> {
    const sizes = { inFeatures: config.hiddenSize, outFeatures: config.hiddenSize };
    const [query, key, value] = await Promise.all([
      Linear.load(scope.in('query'), sizes),
      Linear.load(scope.in('key'), sizes),
      Linear.load(scope.in('value'), sizes),
    ]);
    return new SelfAttention(query, key, value, config.numAttentionHeads, config.headDim, path);
  }

  forward(queryStates: Tensor2D, hiddenStates: Tensor2D, context: ForwardContext): Tensor2D {
    const { path } = this;
    return tidy(() => {
      const query = context.observeTokens(`${path}.attention.self.query`, this.query.forward(queryStates));
      const key = context.observeTokens(`${path}.attention.self.key`, this.key.forward(hiddenStates));
      const value = context.observeTokens(`${path}.attention.self.value`, this.value.forward(hiddenStates));
      const attended = this.attend(query, key, value, context);
      return context.observeTokens(`${path}.attention.self.context`, attended);
    });
  }

  private attend(query: Tensor2D, key: Tensor2D, value: Tensor2D, context: ForwardContext): Tensor2D {
    const { heads, headDim, scale, path } = this;
    const { batch, seq } = context;
    const queries = query.shape[0] / batch;
    const observed =
      context.wants(`${path}.attention.self.scores`) ||
      context.wants(`${path}.attention.self.probs`) ||
      context.wants(`${path}.attention.self.context`);
    if (!observed && prefersPerHead({ queries, seq, headDim })) {
      return attendPerHead(mul(query, scale), key, value, { heads, lengths: context.lengths });
    }

    const queryHeads = this.splitHeads(query, batch, [0, 2, 1, 3]); // [batch, heads, queries, headDim]
    const keyHeads = this.splitHeads(key, batch, [0, 2, 3, 1]); // [batch, heads, headDim, seq]
    const valueHeads = this.splitHeads(value, batch, [0, 2, 1, 3]); // [batch, heads, seq, headDim]
    const products = matMul(queryHeads, keyHeads); // [batch, heads, queries, seq]
    const scores = context.observe(`${path}.attention.self.scores`, mul(products, scale));
    const masked = context.additiveMask === undefined ? scores : add(scores, context.additiveMask);
    const probs = context.observe(`${path}.attention.self.probs`, softmax(masked));
    const contextHeads = matMul(probs, valueHeads) as Tensor4D; // [batch, heads, queries, headDim]
    return reshape(transpose(contextHeads, [0, 2, 1, 3]), [batch * queries, heads * headDim]);
  }

  private splitHeads(x: Tensor2D, batch: number, order: [number, number, number, number]): Tensor4D {
    return transpose(reshape(x, [batch, -1, this.heads, this.headDim]), order);
  }

  dispose(): void {
    this.query.dispose();
    this.key.dispose();
    this.value.dispose();
  }
}
