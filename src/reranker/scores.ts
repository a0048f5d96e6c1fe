import { InternalError } from '../errors/errors.js';
import { sigmoid } from '../math/sigmoid.js';
import type { ProblemType } from '../model/config/model-config.js';
import type { Activation } from '../model/config/score-activation.js';

/** The score of a logit on the requested scale. */
export function toScore(logit: number, activation: Activation): number {
  return activation === 'identity' ? logit : sigmoid(logit);
}

/** e^x_i / sum e^x_j; the largest is subtracted first, against overflow. */
export function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** The score of each label, as config.json says that they are meant. */
export function toLabelScores(
  logits: readonly number[],
  problemType: ProblemType | undefined,
  activation: Activation,
): readonly number[] {
  const [logit, ...others] = logits;
  if (logit !== undefined && others.length === 0) {
    return [toScore(logit, activation)];
  }
  if (problemType === 'multi_label_classification') {
    return logits.map(sigmoid);
  }
  return problemType === 'regression' ? logits : softmax(logits);
}

/** Whether all logits are finite. They are not if weights hold NaN, or overflow on this input. */
export function isFiniteAnswer(logits: readonly number[]): boolean {
  return logits.every(Number.isFinite);
}

/** The error for an input whose logits are not finite. Its neighbours in the batch are not affected. */
export function notFinite(place: string): InternalError {
  return new InternalError(
    `${place}: the model gave a logit that is not a finite number. Its weights hold NaN or infinity, or overflow on this ` +
      'input; tfjs-reranker verify compares them with a reference.',
  );
}

/** @param logits [sequences][labels]. @throws InternalError for the first sequence whose logits are not finite. */
export function assertFinite(logits: readonly (readonly number[])[]): void {
  const bad = logits.findIndex((row) => !isFiniteAnswer(row));
  if (bad !== -1) {
    throw notFinite(`sequences[${bad}]`);
  }
}

/**
 * Indices from the largest logit to the smallest, equal ones in input order. Logits are compared, not scores, because
 * the sigmoid saturates in floating point and would make large logits equal.
 */
export function rankByLogit(logits: readonly number[]): number[] {
  return Array.from(logits, (logit, index) => ({ logit, index }))
    .sort((a, b) => b.logit - a.logit || a.index - b.index)
    .map(({ index }) => index);
}
