/** A score for display: four decimal places, a small one by its magnitude; a logit with its sign. */
export function formatScore(score: number, isLogit: boolean): string {
  if (isLogit) {
    return `${score < 0 ? '−' : '+'}${Math.abs(score).toFixed(3)}`;
  }
  return score >= 0.001 || score === 0 ? score.toFixed(4) : score.toExponential(1).replace('-', '−');
}

/** Where a bar begins and how long it is, as shares of its track. */
export interface BarShape {
  readonly start: number;
  readonly share: number;
}

/**
 * The bar of a score: a sigmoid's track goes from 0 to 1, a logit's from -scale to scale with 0 in the middle.
 *
 * @param scale the largest magnitude of all logits.
 */
export function barOf(score: number, isLogit: boolean, scale: number): BarShape {
  if (!isLogit) {
    return { start: 0, share: score };
  }
  const share = Math.abs(score) / (2 * scale);
  return { start: score < 0 ? 0.5 - share : 0.5, share };
}
