/**
 * Attention scores that are held at once: 64 MiB of float32, and as much again for their softmax. Batches of up to 512
 * tokens stay in one block; beyond that, memory grows with a sequence's length instead of its square. Blocks four times
 * as large are 1 % faster and take three times the memory; blocks of a sixteenth are a third slower
 * (scripts/bench/long-input.md).
 */
export const MAX_SCORES = 2 ** 24;

/** A range of neighbouring query rows. */
export interface QueryBlock {
  readonly start: number;
  readonly rows: number;
}

/**
 * Cuts the queries of an attention into blocks whose scores, [batch, heads, rows, seq], stay within a budget. A block
 * has at least one query. Each query's softmax is over its own row, so blocks change no result.
 *
 * @param scoresPerQuery batch x heads x seq.
 */
export function planQueryBlocks(
  queries: number,
  scoresPerQuery: number,
  maxScores: number = MAX_SCORES,
): readonly QueryBlock[] {
  const rows = Math.min(queries, Math.max(1, Math.floor(maxScores / scoresPerQuery)));
  return Array.from({ length: Math.ceil(queries / rows) }, (_, i) => ({
    start: i * rows,
    rows: Math.min(rows, queries - i * rows),
  }));
}
