import { pack, panelsBytes } from './panels';
import { product, productScratch } from './product';
import { softmaxRows } from './softmax';

/** Bytes of `scratch` that `attend` needs: of a product, keys and values in panels, and scores. */
export function attendScratch(rows: usize, length: usize, headDim: usize): usize {
  const inner = max(length, headDim);
  return (
    productScratch(rows, inner) +
    panelsBytes(headDim, length) +
    panelsBytes(length, headDim) +
    rows * scoresStride(length)
  );
}

/**
 * softmax(Q K^T) V of one head of one sequence.
 *
 * @param query [queries, headDim], already scaled; `key` and `value` [length, headDim] lie in the same matrix
 * @param stride bytes from a row of that matrix to the next
 * @param rowsAtOnce queries whose scores are held at once
 * @param output [queries, headDim]
 * @param scratch `attendScratch` bytes for `rowsAtOnce` rows
 */
export function attend(
  query: usize,
  key: usize,
  value: usize,
  stride: usize,
  queries: usize,
  length: usize,
  headDim: usize,
  rowsAtOnce: usize,
  output: usize,
  outputStride: usize,
  scratch: usize,
): void {
  const keys = scratch + productScratch(rowsAtOnce, max(length, headDim));
  const values = keys + panelsBytes(headDim, length);
  const scores = values + panelsBytes(length, headDim);
  const scoreStride = scoresStride(length);
  pack(key, 4, stride, 0, headDim, length, keys); // K^T
  pack(value, stride, 4, 0, length, headDim, values);
  for (let first: usize = 0; first < queries; first += rowsAtOnce) {
    const rows = min(rowsAtOnce, queries - first);
    const target = output + first * outputStride;
    product(query + first * stride, stride, rows, headDim, keys, length, scores, scoreStride, false, scratch);
    softmaxRows(scores, scoreStride, rows, length);
    product(scores, scoreStride, rows, length, values, headDim, target, outputStride, false, scratch);
  }
}

/** Bytes from a row of scores to the next: whole vectors. */
@inline
function scoresStride(length: usize): usize {
  return ((length + 3) / 4) * 16;
}
