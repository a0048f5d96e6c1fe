import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Batch } from '../batching/batch.js';
import type { ModelDtype } from './names.js';

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
  /** [batch, 1, 1, seq]: 0 where a token is, a large negative where padding is; absent when nothing is padded. */
  readonly additiveMask: Tensor | undefined;
}

/**
 * softmax(Q K^T + mask) V for every head.
 *
 * @param projected [batch x seq, 3 x heads x headDim]: queries, already scaled, keys and values side by side.
 * @param maxScores attention scores that are held at once, `MAX_SCORES` by default; it changes no result.
 * @returns [batch x queries, heads x headDim]
 */
export type AttentionKernel = (projected: Tensor2D, shape: AttentionShape, maxScores?: number) => Tensor2D;

/**
 * What computes the parts of a layer. `plain.ts` has every formula; a backend puts its own, faster or more exact
 * functions in their places, and the same tests hold them to the formula.
 *
 * Kernels of a dtype other than float32 may return tensors that TensorFlow.js takes for float32 and that are not:
 * only these kernels understand them, and `toFloat32` ends that.
 */
export interface Kernels {
  readonly dtype: ModelDtype;
  readonly linear: LinearKernel;
  /** GELU; x [tokens, intermediate], float32. */
  readonly gelu: (x: Tensor2D) => Tensor2D;
  /** LayerNorm over the last dimension; x [tokens, hidden], float32. */
  readonly layerNorm: (x: Tensor2D, weight: Tensor1D, bias: Tensor1D, eps: number) => Tensor2D;
  readonly attention: AttentionKernel;
  /** The tensor itself where it is float32 already. */
  readonly toFloat32: <T extends Tensor>(x: T) => T;
  /** Called first in every forward pass: some kernels treat the rows of a batch differently. */
  readonly startBatch: (batch: Batch) => void;
  /** Runs `forward`, passes on texts that stand for all others; kernels that need to know keep the ranges that they see. */
  readonly calibrate: (forward: () => void) => void;
  /** Frees what they hold beside the layers' own tensors. */
  readonly dispose: () => void;
}

/** The gradients of {@link Kernels} towards their inputs, never towards weights. */
export interface KernelGradients {
  readonly gelu: (dy: Tensor2D, x: Tensor2D) => Tensor2D;
  readonly layerNorm: (dy: Tensor2D, x: Tensor2D, weight: Tensor1D, eps: number) => Tensor2D;
  /**
   * @param dy [batch x queries, heads x headDim]
   * @returns towards `projected`, [batch x seq, 3 x heads x headDim].
   */
  readonly attention: (dy: Tensor2D, projected: Tensor2D, shape: AttentionShape) => Tensor2D;
}
