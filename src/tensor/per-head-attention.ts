import {
  concat,
  getBackend,
  matMul,
  reshape,
  softmax,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';

/**
 * Attention for the wasm backend. Its batched matmul is a plain loop (2 GFLOP/s), its 2-D matmul is XNNPACK's (25):
 * twelve small products a sequence beat one batched one by 5 to 9 times (scripts/bench/attention.md). Slices are no
 * way to get at them (each wasm slice first copies its whole source out of the heap), so queries, keys and values
 * are copied out once and every head's rows go back in. Padding is left out instead of masked.
 */

/** Multiplications per head below which calling twelve kernels costs more than the slow loop (measured). */
const WORTHWHILE = 12_000;

/**
 * Whether {@link attendPerHead} is the faster way for these sizes on the backend that runs. It takes a query row for
 * every token; the first tokens alone are a small product in any way.
 */
export function prefersPerHead(sizes: { queries: number; seq: number; headDim: number }): boolean {
  const { queries, seq, headDim } = sizes;
  return getBackend() === 'wasm' && queries === seq && seq * seq * headDim >= WORTHWHILE;
}

/**
 * softmax(Q K^T) V for every head of every sequence by 2-D products; not differentiable.
 *
 * @param query [batch x seq, heads x headDim], already divided by sqrt(headDim).
 * @param key [batch x seq, heads x headDim]
 * @param value [batch x seq, heads x headDim]
 * @returns [batch x seq, heads x headDim], zero in the rows of padding.
 */
export function attendPerHead(
  query: Tensor2D,
  key: Tensor2D,
  value: Tensor2D,
  { heads, lengths }: { heads: number; lengths: Int32Array },
): Tensor2D {
  const batch = lengths.length;
  const seq = query.shape[0] / batch;
  const headDim = query.shape[1] / heads;
  const onHost = (x: Tensor2D): Float32Array => {
    const byHead = tidy(() => transpose(reshape(x, [batch, seq, heads, headDim]), [0, 2, 1, 3]));
    // Read outside the tidy: what a tidy returns is searched for tensors, a typed array number by number.
    const values = byHead.dataSync<'float32'>();
    byHead.dispose();
    return values;
  };
  const [queries, keys, values] = [onHost(query), onHost(key), onHost(value)]; // [batch, heads, seq, headDim]

  return tidy(() => {
    const contexts: Tensor[] = []; // [length, headDim] each, in the order [batch, heads]
    for (const [row, length] of lengths.entries()) {
      const padding = length < seq ? [zeros([seq - length, headDim])] : [];
      for (let head = 0; head < heads; head++) {
        const start = (row * heads + head) * seq * headDim;
        const take = (x: Float32Array): Tensor2D =>
          tensor2d(x.subarray(start, start + length * headDim), [length, headDim]);
        const context = tidy(() => {
          const probs = softmax(matMul(take(queries), transpose(take(keys)))); // [length, length]
          return matMul(probs, take(values)); // [length, headDim]
        });
        contexts.push(context, ...padding);
      }
    }
    const joined = reshape(concat(contexts, 0), [batch, heads, seq, headDim]);
    return reshape(transpose(joined, [0, 2, 1, 3]), [batch * seq, heads * headDim]);
  });
}
