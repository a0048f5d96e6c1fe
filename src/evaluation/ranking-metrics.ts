/**
 * Kendall's tau-b: how similarly two scorings order the same items. 1 is the same order, -1 the reverse.
 *
 * tau-b = (concordant - discordant) / sqrt((pairs - ties in a) (pairs - ties in b))
 *
 * @param a scores of the items; @param b other scores of the same items, in the same places.
 * @returns NaN if a scoring gives all items the same score, and so has no order.
 */
export function kendallTau(a: readonly number[], b: readonly number[]): number {
  let [agreement, orderedInA, orderedInB] = [0, 0, 0];
  for (let i = 1; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const inA = Math.sign((a[i] as number) - (a[j] as number));
      const inB = Math.sign((b[i] as number) - (b[j] as number));
      agreement += inA * inB;
      orderedInA += Math.abs(inA);
      orderedInB += Math.abs(inB);
    }
  }
  return agreement / Math.sqrt(orderedInA * orderedInB);
}

/**
 * The share of the `k` best items by `a` that are also among the `k` best by `b`, regardless of their order there. Of
 * equal scores, the earlier item counts as better.
 */
export function topAgreement(a: readonly number[], b: readonly number[], k: number): number {
  const best = new Set(topIndices(b, k));
  const common = topIndices(a, k).filter((index) => best.has(index));
  return common.length / Math.min(k, a.length);
}

function topIndices(scores: readonly number[], k: number): number[] {
  return scores
    .map((score, index) => ({ score, index }))
    .sort((x, y) => y.score - x.score || x.index - y.index)
    .slice(0, k)
    .map(({ index }) => index);
}
