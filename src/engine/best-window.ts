import type { EncodedPair, EncodedWindow, WindowOptions } from '../batching/encode-pairs.js';
import { InputError } from '../errors/errors.js';
import type { PairLogits } from './scorer.js';
import { isFiniteAnswer } from './scores.js';

/** @throws InputError for window options that are none, and for a model of several labels: which window is the best? */
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
 * A pair's answer from those of its windows: the largest logit, as the document is as relevant as its best part. A
 * window whose logits are not finite fails for all.
 *
 * @param logits [windows][labels]
 */
export function takeBestWindow(pair: EncodedPair, logits: readonly (readonly number[])[]): PairLogits {
  const index = bestWindow(logits.map((row) => (isFiniteAnswer(row) ? (row[0] as number) : Number.NaN)));
  const { start, end } = pair.windows[index] as EncodedWindow;
  const of = pair.windows.length;
  return {
    logits: logits[index] as readonly number[],
    usage: {
      tokens: pair.windows.reduce((sum, { inputIds }) => sum + inputIds.length, 0),
      queryTokensCut: pair.queryTokensCut,
      documentTokensCut: pair.documentTokensCut,
    },
    ...(of > 1 ? { window: { index, of, start, end } } : {}),
  };
}

/** Which of a pair's windows counts: the first one without a finite logit, where there is one; else the best. */
export function bestWindow(logits: readonly number[]): number {
  const bad = logits.findIndex((logit) => !Number.isFinite(logit));
  return bad === -1
    ? logits.reduce((best, logit, i) => (logit > (logits[best] as number) ? i : best), 0)
    : bad;
}
