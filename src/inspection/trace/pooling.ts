import { InputError } from '../../errors/errors.js';
import type { Activation } from '../../model/activation-names.js';
import type { TracedActivation, TracedPair } from './traced.js';

/** How a pair's tokens become one row: the row of the first token, `<s>`, which the head reads, or the mean of all. */
export type Pooling = 'first' | 'mean';

/**
 * @throws InputError for an activation without a row per token, such as attention probabilities.
 */
export function assertPoolable(activations: readonly Activation[]): void {
  const odd = activations.find(({ dimensions }) => dimensions.filter((word) => word === 'seq').length > 1);
  if (odd !== undefined) {
    throw new InputError(
      `"${odd.name}" is [${odd.dimensions.join(', ')}]: it has no row per token and cannot be pooled. Trace it pair by pair.`,
    );
  }
}

/** One row, [width]; activations without tokens (those of the head) stay as they are. */
export function pool({ dimensions, shape, data }: TracedActivation, pooling: Pooling): Float32Array {
  if (dimensions[0] !== 'seq') {
    return data;
  }
  const width = shape[1] as number;
  return pooling === 'first' ? data.slice(0, width) : meanRow(data, width);
}

/** The mean of consecutive rows, [width]. */
export function meanRow(data: Float32Array, width: number): Float32Array {
  const sums = new Float64Array(width);
  for (const [i, value] of data.entries()) {
    sums[i % width] = (sums[i % width] as number) + value;
  }
  return Float32Array.from(sums, (sum) => (sum * width) / data.length);
}

/** The mean of each activation over all tokens of all pairs, by name, [width]. */
export async function meanOfPairs(
  pairs: AsyncIterable<{ readonly traced: TracedPair }>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const sums = new Map<string, { readonly values: Float64Array; rows: number }>();
  for await (const { traced } of pairs) {
    for (const { name, shape, data } of traced.activations.values()) {
      const width = shape.at(-1) as number;
      const sum = sums.get(name) ?? { values: new Float64Array(width), rows: 0 };
      for (const [i, value] of data.entries()) {
        sum.values[i % width] = (sum.values[i % width] as number) + value;
      }
      sum.rows += data.length / width;
      sums.set(name, sum);
    }
  }
  return new Map(
    Array.from(sums, ([name, { values, rows }]) => [name, Float32Array.from(values, (v) => v / rows)]),
  );
}
