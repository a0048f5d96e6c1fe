import type { ScoreProgress, TextPair } from '../engine/types.js';
import { type Spread, spread } from '../math/statistics.js';
import type { Reranker } from '../reranker/reranker.js';

/** How {@link measureThroughput} runs. */
export interface ThroughputOptions {
  /** Timed runs over all pairs. */
  readonly repeat: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after every batch; run 0 warms up. */
  readonly onProgress?: ((run: number, progress: ScoreProgress) => void) | undefined;
}

/** How fast a reranker scores pairs, tokenization included. */
export interface Throughput {
  readonly pairs: number;
  /** Tokens of all pairs that the model saw, with special tokens, without padding. */
  readonly tokens: number;
  /** Pairs that were too long for the model and were cut. */
  readonly cutPairs: number;
  /** Time for the first pair alone, before anything else ran. */
  readonly firstScoreSeconds: number;
  /** Pairs per second, over the timed runs. */
  readonly docsPerSecond: Spread;
  /** Tokens per second, over the timed runs. */
  readonly tokensPerSecond: Spread;
}

/**
 * Scores the first pair, then all pairs once to warm up, then all pairs `repeat` times against the clock.
 *
 * @param pairs at least one.
 * @throws what `Reranker.score` throws.
 */
export async function measureThroughput(
  reranker: Reranker,
  pairs: readonly TextPair[],
  { repeat, signal, onProgress }: ThroughputOptions,
): Promise<Throughput> {
  const run = (number: number) =>
    reranker.score(pairs, { signal, onProgress: (progress) => onProgress?.(number, progress) });
  const firstScoreSeconds = await timed(() => reranker.score(pairs.slice(0, 1), { signal }));
  const usages = (await run(0)).map(({ usage }) => usage);
  const tokens = usages.reduce((sum, usage) => sum + usage.tokens, 0);
  const seconds: number[] = [];
  for (let number = 1; number <= repeat; number++) {
    seconds.push(await timed(() => run(number)));
  }
  return {
    pairs: pairs.length,
    tokens,
    cutPairs: usages.filter(({ queryTokensCut, documentTokensCut }) => queryTokensCut + documentTokensCut > 0)
      .length,
    firstScoreSeconds,
    docsPerSecond: spread(seconds.map((s) => pairs.length / s)),
    tokensPerSecond: spread(seconds.map((s) => tokens / s)),
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}
