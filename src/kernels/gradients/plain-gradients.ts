import {
  add,
  exp,
  matMul,
  mean,
  mul,
  pad,
  reshape,
  slice,
  split,
  square,
  stack,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { AttentionShape, KernelGradients } from '../kernels.js';
import { normalCdf, softmaxOf, splitHeads, standardize } from '../plain.js';

/** x Phi(x) has the derivative Phi(x) + x phi(x), where phi is the normal density. */
function geluGradient(dy: Tensor2D, x: Tensor2D): Tensor2D {
  return tidy(() => {
    const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return mul(dy, add(normalCdf(x), mul(x, density)));
  });
}

/** With z the standardized x, s its deviation and g = dy weight: dx = (g - mean g - z mean(g z)) / s. */
function layerNormGradient(dy: Tensor2D, x: Tensor2D, weight: Tensor1D, eps: number): Tensor2D {
  return tidy(() => {
    const { standardized, factor } = standardize(x, eps);
    const g = mul(dy, weight);
    const alongMean = mean(g, 1, true);
    const alongScale = mul(standardized, mean(mul(g, standardized), 1, true));
    return mul(factor, sub(sub(g, alongMean), alongScale));
  });
}

/**
 * With P the probs and O = P V the output of a head: dV = P^T dO, dP = dO V^T, dS = P (dP - sum_j dP P), dQ = dS K,
 * dK = dS^T Q. The probs are computed again, because keeping them would mean the largest tensors of a forward pass.
 */
function attentionGradient(dy: Tensor2D, projected: Tensor2D, shape: AttentionShape): Tensor2D {
  const { batch, seq, queries, heads, headDim, additiveMask } = shape;
  return tidy(() => {
    const parts = split(projected, 3, 1) as [Tensor2D, Tensor2D, Tensor2D];
    const [allQueries, key, value] = parts.map((part) => splitHeads(part, shape, [0, 2, 1, 3])) as [
      Tensor4D,
      Tensor4D,
      Tensor4D,
    ]; // [batch, heads, seq, headDim] each
    const query = slice(allQueries, [0, 0, 0, 0], [batch, heads, queries, headDim]);
    const probs = softmaxOf(matMul(query, key, false, true), additiveMask); // [batch, heads, queries, seq]
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

/** The gradients of the formulas in plain.ts, with TensorFlow.js's own operations. */
export const PLAIN_GRADIENTS: KernelGradients = {
  gelu: geluGradient,
  layerNorm: layerNormGradient,
  attention: attentionGradient,
};
