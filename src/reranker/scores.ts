import type { Activation } from '../config/activation.js';

/** 1 / (1 + e^-x), without overflow on either side. */
export function sigmoid(x: number): number {
  if (x >= 0) {
    return 1 / (1 + Math.exp(-x));
  }
  const e = Math.exp(x);
  return e / (1 + e);
}

/** What a logit is on the scale that was asked for. */
export function toScore(logit: number, activation: Activation): number {
  return activation === 'identity' ? logit : sigmoid(logit);
}

/** e^x_i / sum e^x_j, the largest subtracted first. */
export function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/**
 * Indices from the largest logit to the smallest, equal ones in input order. By logit and not by score: the sigmoid
 * saturates in floating point, and then everything above some logit would be a tie.
 */
export function rankByLogit(logits: readonly number[]): number[] {
  return Array.from(logits, (logit, index) => ({ logit, index }))
    .sort((a, b) => b.logit - a.logit || a.index - b.index)
    .map(({ index }) => index);
}
