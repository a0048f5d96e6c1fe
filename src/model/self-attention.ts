import {
  add,
  concat,
  matMul,
  mul,
  reshape,
  slice,
  softmax,
  split,
  type Tensor2D,
  type Tensor4D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../config/model-config.js';
import { Linear } from '../layers/linear.js';
import { planQueryBlocks, type QueryBlock } from '../tensor/query-blocks.js';
import type { WeightScope } from '../weights/weight-scope.js';
import type { LayerPath } from './activations.js';
import type { ForwardContext } from './forward-context.js';

/**
 * softmax(Q K^T / sqrt(headDim) + mask) V for every head, XLMRobertaSelfAttention with eager attention.
 *
 * hidden states [batch x seq, hidden] -> [batch x queries, hidden]: for all tokens, or for the first of each sequence
 * alone. Queries, keys and values are one product, and the division by sqrt(headDim) is folded into its weights; it
 * comes before the mask is added.
 */
export class SelfAttention {
  private constructor(
    /** Queries, already scaled, keys and values side by side: [hidden] -> [3 x hidden]. */
    private readonly projection: Linear,
    private readonly heads: number,
    private readonly headDim: number,
    private readonly path: LayerPath,
  ) {}

  static async load(scope: WeightScope, config: ModelConfig, path: LayerPath): Promise<SelfAttention> {
    const { hiddenSize, numAttentionHeads, headDim } = config;
    const projection = await Linear.loadJoined(
      scope,
      [{ name: 'query', scale: 1 / Math.sqrt(headDim) }, { name: 'key' }, { name: 'value' }],
      { inFeatures: hiddenSize, outFeatures: hiddenSize },
    );
    return new SelfAttention(projection, numAttentionHeads, headDim, path);
  }

  /** @param queries rows a sequence: all of its tokens, or 1. */
  forward(hiddenStates: Tensor2D, queries: number, context: ForwardContext): Tensor2D {
    const { heads, headDim, path } = this;
    const { batch, seq, lengths, additiveMask, kernels } = context;
    return tidy(() => {
      const projected = this.projection.forward(hiddenStates, kernels); // [batch x seq, 3 x hidden]
      const maxScores = this.scoresAreObserved(context) ? Number.POSITIVE_INFINITY : kernels.maxScores;
      const blocks = planQueryBlocks(queries, batch * heads * seq, maxScores);
      const shape = { batch, seq, queries, heads, headDim, lengths, additiveMask, blocks };
      const fast = this.isObserved(context) ? undefined : kernels.attention?.(projected, shape);
      const attended = fast ?? this.attend(context.toFloat32(projected), blocks, context);
      return context.observeTokens(`${path}.attention.self.context`, attended);
    });
  }

  /** The formula, step by step. */
  private attend(projected: Tensor2D, blocks: readonly QueryBlock[], context: ForwardContext): Tensor2D {
    const { heads, headDim } = this;
    const { batch, seq, additiveMask } = context;
    const path = `${this.path}.attention.self` as const;
    const [query, key, value] = this.observeProjections(projected, context);

    const queryHeads = this.splitHeads(query, batch, [0, 2, 1, 3]); // [batch, heads, seq, headDim]
    const keyHeads = this.splitHeads(key, batch, [0, 2, 3, 1]); // [batch, heads, headDim, seq]
    const valueHeads = this.splitHeads(value, batch, [0, 2, 1, 3]); // [batch, heads, seq, headDim]
    const attend = ({ start, rows }: QueryBlock): Tensor4D => {
      const queryRows =
        rows === seq ? queryHeads : slice(queryHeads, [0, 0, start, 0], [batch, heads, rows, headDim]);
      const scores = context.observe(`${path}.scores`, matMul(queryRows, keyHeads)); // [batch, heads, rows, seq]
      const masked = additiveMask === undefined ? scores : add(scores, additiveMask);
      const probs = context.observe(`${path}.probs`, softmax(masked));
      return matMul(probs, valueHeads) as Tensor4D; // [batch, heads, rows, headDim]
    };
    const attended = blocks.map((block) => tidy(() => attend(block)));
    const contextHeads = concat(attended, 2); // [batch, heads, queries, headDim]
    return reshape(transpose(contextHeads, [0, 2, 1, 3]), [-1, heads * headDim]);
  }

  /** Queries (scaled), keys and values, [batch x seq, hidden] each; an observer sees the queries unscaled. */
  private observeProjections(projected: Tensor2D, context: ForwardContext): [Tensor2D, Tensor2D, Tensor2D] {
    const path = `${this.path}.attention.self` as const;
    const [scaled, key, value] = split(projected, 3, 1) as [Tensor2D, Tensor2D, Tensor2D];
    const factor = Math.sqrt(this.headDim);
    const query = context.wants(`${path}.query`)
      ? mul(context.observeTokens(`${path}.query`, mul(scaled, factor)), 1 / factor)
      : scaled;
    return [
      query as Tensor2D,
      context.observeTokens(`${path}.key`, key),
      context.observeTokens(`${path}.value`, value),
    ];
  }

  private isObserved(context: ForwardContext): boolean {
    return (['query', 'key', 'value', 'scores', 'probs'] as const).some((name) =>
      context.wants(`${this.path}.attention.self.${name}`),
    );
  }

  /** What is observed has the reference's shape: all queries at once. */
  private scoresAreObserved(context: ForwardContext): boolean {
    const path = `${this.path}.attention.self` as const;
    return context.wants(`${path}.scores`) || context.wants(`${path}.probs`);
  }

  private splitHeads(x: Tensor2D, batch: number, order: [number, number, number, number]): Tensor4D {
    return transpose(reshape(x, [batch, -1, this.heads, this.headDim]), order);
  }

  dispose(): void {
    this.projection.dispose();
  }
}
