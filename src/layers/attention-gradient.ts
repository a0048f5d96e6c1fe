import {
  add,
  matMul,
  mul,
  pad,
  reshape,
  slice,
  softmax,
  stack,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tidy,
  transpose,
  unstack,
} from '@tensorflow/tfjs-core';
import type { AttentionShape } from '../tensor/kernels.js';

/**
 * softmax(Q K^T + mask) V by TensorFlow.js's ops.
 *
 * @param projected [batch x seq, 3 x heads x headDim]: queries, already scaled, keys and values.
 * @returns [batch x queries, heads x headDim]
 */
export function attend(projected: Tensor2D, shape: AttentionShape): Tensor2D {
  return tidy(() => {
    const { query, key, value } = splitHeads(projected, shape);
    return joinHeads(matMul(probsOf(query, key, shape), value));
  });
}

/**
 * Its gradient towards `projected`. With P the probs and O = P V the output of a head: dV = P^T dO, dP = dO V^T,
 * dS = P (dP - sum_j dP P), dQ = dS K, dK = dS^T Q. The probs are computed again: kept, they would be the largest
 * tensors of a forward pass.
 *
 * @param dy [batch x queries, heads x headDim]
 */
export function attentionGradient(dy: Tensor2D, projected: Tensor2D, shape: AttentionShape): Tensor2D {
  const { batch, seq, queries, heads, headDim } = shape;
  return tidy(() => {
    const { query, key, value } = splitHeads(projected, shape);
    const probs = probsOf(query, key, shape);
    const dOutput = transpose(reshape(dy, [batch, queries, heads, headDim]), [0, 2, 1, 3]);
    const dValue = matMul(probs, dOutput, true, false); // [batch, heads, seq, headDim]
    const dProbs = matMul(dOutput, value, false, true); // [batch, heads, queries, seq]
    const dScores = mul(probs, sub(dProbs, sum(mul(dProbs, probs), -1, true)));
    const dQueryRows = matMul(dScores, key) as Tensor4D; // [batch, heads, queries, headDim]
    const dQuery = pad(dQueryRows, [
      [0, 0],
      [0, 0],
      [0, seq - queries],
      [0, 0],
    ]);
    const dKey = matMul(dScores, query, true, false); // [batch, heads, seq, headDim]
    const byPart = stack([dQuery, dKey, dValue]); // [3, batch, heads, seq, headDim]
    return reshape(transpose(byPart, [1, 3, 0, 2, 4]), [batch * seq, 3 * heads * headDim]);
  });
}

/** [batch, heads, queries or seq, headDim] each. */
function splitHeads(
  projected: Tensor2D,
  { batch, seq, queries, heads, headDim }: AttentionShape,
): { query: Tensor4D; key: Tensor4D; value: Tensor4D } {
  const byPart = transpose(reshape(projected, [batch, seq, 3, heads, headDim]), [2, 0, 3, 1, 4]);
  const [query, key, value] = unstack(byPart) as [Tensor4D, Tensor4D, Tensor4D];
  return { query: slice(query, [0, 0, 0, 0], [batch, heads, queries, headDim]), key, value };
}

/** [batch, heads, queries, seq] */
function probsOf(query: Tensor4D, key: Tensor4D, { additiveMask }: AttentionShape): Tensor {
  const scores = matMul(query, key, false, true);
  return softmax(additiveMask === undefined ? scores : add(scores, additiveMask));
}

function joinHeads(context: Tensor): Tensor2D {
  const [batch, heads, queries, headDim] = context.shape as [number, number, number, number];
  return reshape(transpose(context, [0, 2, 1, 3]), [batch * queries, heads * headDim]);
}
