import { InternalError } from '../errors/errors.js';
import type { Activation } from '../model/config/score-activation.js';

/** 1 / (1 + e^-x), without overflow for any x. */
export function sigmoid(x: number): number {
  if (x >= 0) {
    return 1 / (1 + Math.exp(-x));
  }
  const e = Math.exp(x);
  return e / (1 + e);
}

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
