// Number of operations in the matrix products of one forward pass; all other operations are few in comparison.

/**
 * @param config of config/model-config.js. @param seq tokens of the pair.
 * @returns {model: all tokens through all layers, as other engines compute it; done: the last layer only for the first
 * token, as this library computes it}
 */
export function countFlops({ hiddenSize: h, intermediateSize: i, numHiddenLayers: layers }, seq) {
  const layer = (rows) => 2 * (seq * 3 * h * h + rows * (h * h + 2 * h * i)) + 4 * rows * seq * h;
  const head = 2 * (h * h + h);
  return { model: layers * layer(seq) + head, done: (layers - 1) * layer(seq) + layer(1) + head };
}
