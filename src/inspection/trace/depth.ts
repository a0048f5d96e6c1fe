/** The logits that the head would give if the model ended earlier. */
export interface DepthScores {
  /** [depths][labels]: for the embeddings' output, then for each layer's; the last is the model's own output. */
  readonly logits: readonly (readonly number[])[];
}

/** Depth scores of pairs, and their mean. */
export interface DepthReport {
  /** In the order of the pairs. */
  readonly pairs: readonly DepthScores[];
  /** The mean over pairs, [depths][labels]. */
  readonly mean: DepthScores;
}

/** The mean over pairs; without pairs there are no depths. */
export function meanOfDepths(pairs: readonly DepthScores[]): DepthScores {
  const [first] = pairs;
  const mean = (depth: number, label: number): number =>
    pairs.reduce((sum, { logits }) => sum + (logits[depth]?.[label] as number), 0) / pairs.length;
  return {
    logits: (first?.logits ?? []).map((labels, depth) => labels.map((_, label) => mean(depth, label))),
  };
}
