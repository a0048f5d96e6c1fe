import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Batch } from '../batching/batch.js';
import type { ModelDtype } from './names.js';

/** An activation that the kernel of a linear layer can include. */
export type FusedActivation = 'gelu';

/** How a backend holds and multiplies the weights of a linear layer. */
export interface LinearKernel {
  /**
   * Brings weights into the form that `forward` multiplies; called once, at load.
   *
   * @param weight [outFeatures, inFeatures], float32, as in the checkpoint
   * @param bias [outFeatures], float32
   * @returns the tensors that the layer keeps and disposes; the arguments may be among them.
   */
  prepare(weight: Tensor2D, bias: Tensor1D): readonly Tensor[];
  /** x W + b, then the activation: [tokens, inFeatures] -> [tokens, outFeatures]. */
  forward(x: Tensor2D, prepared: readonly Tensor[], activation?: FusedActivation): Tensor2D;
}

/** Sizes and mask of one self-attention. */
export interface AttentionShape {
  readonly batch: number;
  readonly seq: number;
  /** Query rows to compute for each sequence: `seq`, or 1 for only the first token. */
  readonly queries: number;
  readonly heads: number;
  readonly headDim: number;
  /** Tokens of each sequence, [batch]. */
  readonly lengths: Int32Array;
  /** [batch, 1, 1, seq]: 0 for tokens, a large negative number for padding; undefined if nothing is padded. */
  readonly additiveMask: Tensor | undefined;
}

/**
 * softmax(Q K^T + mask) V for every head.
 *
 * @param projected [batch x seq, 3 x heads x headDim]: queries (already scaled), keys and values side by side.
 * @param maxScores attention scores that are held at once, `MAX_SCORES` by default; it changes no result.
 * @returns [batch x queries, heads x headDim]
 */
export type AttentionKernel = (projected: Tensor2D, shape: AttentionShape, maxScores?: number) => Tensor2D;

/**
 * Computes the parts of a layer. `plain.ts` has every formula. A backend replaces some of them with faster or more
 * exact functions, and the same tests compare those with the formula.
 *
 * Kernels of a dtype other than float32 may return tensors that TensorFlow.js takes for float32 although they are not.
 * Only the same kernels understand them; `toFloat32` converts them.
 */
export interface Kernels {
  readonly dtype: ModelDtype;
  /** Threads that compute a batch together. 1 also where a library has threads of its own. */
  readonly threads: number;
  readonly linear: LinearKernel;
  /** GELU; x [tokens, intermediate], float32. */
  readonly gelu: (x: Tensor2D) => Tensor2D;
  /** The sum of two tensors of the same shape, [tokens, hidden], float32. */
  readonly add: (a: Tensor2D, b: Tensor2D) => Tensor2D;
  /** LayerNorm over the last dimension; x [tokens, hidden], float32. */
  readonly layerNorm: (x: Tensor2D, weight: Tensor1D, bias: Tensor1D, eps: number) => Tensor2D;
  readonly attention: AttentionKernel;
  /** Returns the tensor itself if it is float32 already. */
  readonly toFloat32: <T extends Tensor>(x: T) => T;
  /** Called first in every forward pass, because some kernels treat the rows of a batch differently. */
  readonly startBatch: (batch: Batch) => void;
  /** Runs `forward`, which computes a few typical texts. Kernels that need value ranges record them. */
  readonly measureRanges: (forward: () => void) => void;
  /** Frees what the kernels hold besides the layers' own tensors. */
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
