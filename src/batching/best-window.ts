import { InputError } from '../errors/errors.js';
import type { WindowOptions } from './encode-pairs.js';

/** @throws InputError for window options out of range, and for a model of several labels: windows need a single one. */
export function assertWindows({ maxWindows, overlapTokens }: WindowOptions, labels: number): void {
  if (!(Number.isInteger(maxWindows) && maxWindows > 0)) {
    throw new InputError(`windows.maxWindows is ${maxWindows}; it must be a positive integer.`);
  }
  if (overlapTokens !== undefined && !(Number.isInteger(overlapTokens) && overlapTokens >= 0)) {
    throw new InputError(`windows.overlapTokens is ${overlapTokens}; it must be an integer of at least 0.`);
  }
  if (labels !== 1) {
    throw new InputError(
      `This model has ${labels} labels: windows are for models that rank, with one label.`,
    );
  }
}

/**
 * The index of a document's best window: the one with the largest logit. A window whose logits are not finite is
 * preferred, so that its document fails as a whole.
 *
 * @param logits [windows][labels]; only the first label is compared.
 */
export function bestWindow(logits: readonly (readonly number[])[]): number {
  const bad = logits.findIndex((row) => !row.every(Number.isFinite));
  const largest = (best: number, [logit]: readonly number[], i: number): number =>
    (logit as number) > (logits[best]?.[0] as number) ? i : best;
  return bad === -1 ? logits.reduce(largest, 0) : bad;
}
