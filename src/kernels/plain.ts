import {
  add,
  concat,
  erf,
  fused,
  matMul,
  mean,
  mul,
  reshape,
  rsqrt,
  slice,
  softmax,
  split,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { AttentionShape, FusedActivation, Kernels } from './kernels.js';
import { MAX_SCORES, planQueryBlocks, type QueryBlock } from './query-blocks.js';

/**
 * The mathematics of the model: every formula once, with TensorFlow.js's own operations, in float32, on any backend.
 * Faster kernels that replace a formula (wasm/, native/) must give the same result within rounding.
 */

/** x W + b, as `torch.nn.Linear`, then the activation: x [tokens, inFeatures], W [inFeatures, outFeatures], b [outFeatures]. */
export function linear(
  x: Tensor2D,
  weight: Tensor2D,
  bias: Tensor1D,
  activation?: FusedActivation,
): Tensor2D {
  const y = fused.matMul({ a: x, b: weight, bias }) as Tensor2D; // [tokens, outFeatures]
  return activation === 'gelu' ? gelu(y) : y;
}

/**
 * GELU(x) = x / 2 * (1 + erf(x / sqrt(2))), Hendrycks and Gimpel 2016: the exact form by the error function, as
 * `torch.nn.functional.gelu(x, approximate='none')`. Any shape.
 */
export function gelu<T extends Tensor>(x: T): T {
  return tidy(() => mul(x, normalCdf(x)));
}

/** Phi(x), the normal distribution function. */
export function normalCdf(x: Tensor): Tensor {
  return mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
}

/**
 * (x - E[x]) / sqrt(Var[x] + eps) * weight + bias over the last dimension, as `torch.nn.LayerNorm`:
 * x [tokens, hidden] -> [tokens, hidden].
 */
export function layerNorm(x: Tensor2D, weight: Tensor1D, bias: Tensor1D, eps: number): Tensor2D {
  return tidy(() => add(mul(standardize(x, eps).standardized, weight), bias));
}

/**
 * (x - E[x]) / sqrt(Var[x] + eps), and the factor 1 / sqrt(...), [tokens, 1]. The variance is the biased one. It is
 * computed from the centred values (two passes, so that nothing cancels out), with eps inside the root.
 */
export function standardize(x: Tensor2D, eps: number): { standardized: Tensor; factor: Tensor } {
  const centred = sub(x, mean(x, 1, true));
  const variance = mean(square(centred), 1, true); // [tokens, 1]
  const factor = rsqrt(add(variance, eps));
  return { standardized: mul(centred, factor), factor };
}

/** The steps inside an attention that can be observed, by the reference's names. */
export type AttentionStep = 'query' | 'key' | 'value' | 'scores' | 'probs';

/** Sees the steps of one attention, and may replace them. */
export interface AttentionObserver {
  wants(step: AttentionStep): boolean;
  observe<T extends Tensor>(step: AttentionStep, tensor: T): T;
}

const UNOBSERVED: AttentionObserver = { wants: () => false, observe: (_step, tensor) => tensor };

/**
 * softmax(Q K^T + mask) V for every head, `eager_attention_forward` in transformers. The queries are already divided
 * by sqrt(headDim), before the mask is added.
 *
 * @param projected [batch x seq, 3 x heads x headDim]: queries, keys and values side by side.
 * @param maxScores scores that are held at once. Observed scores and probs are always computed whole.
 * @returns [batch x queries, heads x headDim]
 */
export function attention(
  projected: Tensor2D,
  shape: AttentionShape,
  maxScores: number = MAX_SCORES,
  observer: AttentionObserver = UNOBSERVED,
): Tensor2D {
  return tidy(() => {
    const { batch, seq, queries, heads, headDim, additiveMask } = shape;
    const [query, key, value] = observeProjections(projected, headDim, observer);
    const queryHeads = splitHeads(query, shape, [0, 2, 1, 3]); // [batch, heads, seq, headDim]
    const keyHeads = splitHeads(key, shape, [0, 2, 3, 1]); // [batch, heads, headDim, seq]
    const valueHeads = splitHeads(value, shape, [0, 2, 1, 3]); // [batch, heads, seq, headDim]
    const attend = ({ start, rows }: QueryBlock): Tensor4D => {
      const queryRows =
        rows === seq ? queryHeads : slice(queryHeads, [0, 0, start, 0], [batch, heads, rows, headDim]);
      const scores = observer.observe('scores', matMul(queryRows, keyHeads)); // [batch, heads, rows, seq]
      const probs = observer.observe('probs', softmaxOf(scores, additiveMask)); // [batch, heads, rows, seq]
      return matMul(probs, valueHeads) as Tensor4D; // [batch, heads, rows, headDim]
    };
    const whole = observer.wants('scores') || observer.wants('probs');
    const blocks = planQueryBlocks(
      queries,
      batch * heads * seq,
      whole ? Number.POSITIVE_INFINITY : maxScores,
    );
    const attended = blocks.map((block) => tidy(() => attend(block)));
    const contextHeads = concat(attended, 2); // [batch, heads, queries, headDim]
    return reshape(transpose(contextHeads, [0, 2, 1, 3]), [batch * queries, heads * headDim]);
  });
}

/** Queries (scaled), keys and values, [batch x seq, hidden] each; an observer sees the queries unscaled. */
function observeProjections(
  projected: Tensor2D,
  headDim: number,
  observer: AttentionObserver,
): [Tensor2D, Tensor2D, Tensor2D] {
  const [scaled, key, value] = split(projected, 3, 1) as [Tensor2D, Tensor2D, Tensor2D];
  const factor = Math.sqrt(headDim);
  const query = observer.wants('query')
    ? mul(observer.observe('query', mul(scaled, factor)), 1 / factor)
    : scaled;
  return [query as Tensor2D, observer.observe('key', key), observer.observe('value', value)];
}

/** [batch x seq, hidden] -> [batch, seq, heads, headDim], transposed to the given order. */
export function splitHeads(
  x: Tensor2D,
  { batch, heads, headDim }: AttentionShape,
  order: [number, number, number, number],
): Tensor4D {
  return transpose(reshape(x, [batch, -1, heads, headDim]), order);
}

/** The softmax of masked scores, [batch, heads, rows, seq]. */
export function softmaxOf(scores: Tensor, additiveMask: Tensor | undefined): Tensor {
  return softmax(additiveMask === undefined ? scores : add(scores, additiveMask));
}

/** The formulas themselves, for any backend. */
export const PLAIN_KERNELS: Kernels = {
  dtype: 'float32',
  threads: 1,
  linear: {
    // Once, here, because products with a transposed operand are slow.
    prepare: (weight, bias) => [transpose(weight), bias], // [inFeatures, outFeatures]
    forward: (x, [weight, bias], activation) => linear(x, weight as Tensor2D, bias as Tensor1D, activation),
  },
  gelu,
  add: (a, b) => add(a, b),
  layerNorm,
  attention,
  toFloat32: (x) => x,
  startBatch: () => {},
  measureRanges: () => {},
  dispose: () => {},
};
