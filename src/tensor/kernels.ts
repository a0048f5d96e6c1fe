import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Batch } from '../batching/batch.js';
import type { ModelDtype } from './model-dtype.js';
import type { QueryBlock } from './query-blocks.js';

/** What may follow a linear layer in the same kernel. */
export type FusedActivation = 'gelu';

/** How a backend holds and multiplies the weights of a linear layer. */
export interface LinearKernel {
  /**
   * Brings weights into the form that `forward` multiplies; once, at load.
   *
   * @param weight [inFeatures, outFeatures], float32
   * @param bias [outFeatures], float32
   * @returns what the layer keeps and disposes; the arguments themselves may be among it.
   */
  prepare(weight: Tensor2D, bias: Tensor1D): readonly Tensor[];
  /** x W + b, then the activation: [tokens, inFeatures] -> [tokens, outFeatures]. */
  forward(x: Tensor2D, prepared: readonly Tensor[], activation?: FusedActivation): Tensor2D;
}

/** Sizes and mask of one self-attention. */
export interface AttentionShape {
  readonly batch: number;
  readonly seq: number;
  /** Rows that are asked for: `seq`, or 1 for the first token alone. */
  readonly queries: number;
  readonly heads: number;
  readonly headDim: number;
  /** Tokens of each sequence, [batch]. */
  readonly lengths: Int32Array;
  /** [batch, 1, 1, seq], as {@link ForwardContext}'s. */
  readonly additiveMask: Tensor | undefined;
  /** The queries, in blocks whose scores fit into memory: most often one. */
  readonly blocks: readonly QueryBlock[];
}

/**
 * What a backend does in its own, faster way. Each means what the layer's formula says; where a kernel is absent, and
 * where a gradient is wanted, the layer computes the formula by TensorFlow.js's own ops.
 *
 * Kernels of a dtype other than float32 may return tensors that TensorFlow.js takes for float32 and that are not:
 * only these kernels understand them, and `toFloat32` ends that.
 */
export interface Kernels {
  readonly dtype: ModelDtype;
  /** Attention scores that are held at once; default `MAX_SCORES`. */
  readonly maxScores?: number;
  readonly linear?: LinearKernel;
  /** LayerNorm over the last dimension; x [tokens, hidden], float32. */
  readonly layerNorm?: (x: Tensor2D, weight: Tensor1D, bias: Tensor1D, eps: number) => Tensor2D;
  /**
   * softmax(Q K^T + mask) V for every head.
   *
   * @param projected [batch x seq, 3 x heads x headDim]: queries, already scaled, keys and values side by side.
   * @returns [batch x queries, heads x headDim], or nothing where the formula is faster for these sizes.
   */
  readonly attention?: (projected: Tensor2D, shape: AttentionShape) => Tensor2D | undefined;
  /** Where gradients are wanted, which then need what goes into it: GELU, and its gradient towards x. */
  readonly gelu?: {
    readonly forward: (x: Tensor2D) => Tensor2D;
    readonly gradient: (dy: Tensor2D, x: Tensor2D) => Tensor2D;
  };
  /** Of `layerNorm` towards x. */
  readonly layerNormGradient?: (dy: Tensor2D, x: Tensor2D, weight: Tensor1D, eps: number) => Tensor2D;
  /**
   * Of `attention` towards `projected`; asked for where gradients are wanted.
   *
   * @param dy [batch x queries, heads x headDim].
   * @returns [batch x seq, 3 x heads x headDim].
   */
  readonly attentionGradient?: (dy: Tensor2D, projected: Tensor2D, shape: AttentionShape) => Tensor2D;
  readonly toFloat32?: <T extends Tensor>(x: T) => T;
  /** The kernels for one forward pass, where they depend on the batch; called in that pass's tidy. */
  readonly forBatch?: (batch: Batch) => Kernels;
  /** Runs `forward`, passes on texts that stand for all others, and keeps the ranges of what the layers were given. */
  readonly calibrate?: (forward: () => void) => void;
  /** Frees what they hold beside the layers' own tensors. */
  readonly dispose?: () => void;
}

/** TensorFlow.js's own ops, whatever the backend: float32, differentiable. */
export const PLAIN_KERNELS: Kernels = { dtype: 'float32' };
