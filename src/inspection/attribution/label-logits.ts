import type { Model } from '../../engine/model.js';
import { InputError } from '../../errors/errors.js';
import { assertFinite } from '../../reranker/scores.js';
import type { LongCallOptions } from './attribution-types.js';

/**
 * One logit of each sequence of token ids, in input order.
 *
 * @throws InputError if the model has no such label.
 */
export async function labelLogits(
  model: Model,
  sequences: readonly ArrayLike<number>[],
  label: number,
  { signal, onProgress }: LongCallOptions = {},
): Promise<number[]> {
  assertLabel(model, label);
  const logits = await model.scoreSequences(sequences, {
    signal,
    onProgress: onProgress && (({ pairs, totalPairs }) => onProgress({ done: pairs, total: totalPairs })),
  });
  assertFinite(logits);
  signal?.throwIfAborted(); // the callback of the last batch may have aborted
  return logits.map((row) => row[label] as number);
}

/** @throws InputError if the model has no such label. */
export function assertLabel({ config: { numLabels } }: Model, label: number): void {
  if (!(Number.isInteger(label) && label >= 0 && label < numLabels)) {
    throw new InputError(`label is ${label}; the labels of this model are 0 to ${numLabels - 1}.`);
  }
}
