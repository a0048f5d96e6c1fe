import type { Model } from '../engine/model.js';
import type { ScoreProgress, TextPair } from '../engine/types.js';
import { InternalError } from '../errors/errors.js';
import { notFinite } from '../reranker/scores.js';
import type { TestCollection } from './candidates.js';
import type { Run } from './judgments.js';
import { ScoreCache } from './score-cache.js';

/** A query and one of its candidates. */
interface Candidate {
  readonly query: string;
  readonly document: string;
  readonly key: string;
}

/** What is to be computed, and what is known. */
export interface ScorePlan {
  /** Pairs of query and candidate. */
  readonly pairs: number;
  /** Pairs that are longer than the model takes, or than it was told to take. */
  readonly cutPairs: number;
  /** Pairs without a logit in the cache, and their tokens. */
  readonly missing: number;
  readonly missingTokens: number;
}

/** As {@link ScoreProgress}, over all missing pairs. */
export type CandidateProgress = Omit<ScoreProgress, 'paddedTokens'>;

/** Options of a run of {@link CandidateScorer.score}. */
export interface ScoreRunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch, over all missing pairs. */
  readonly onProgress?: ((progress: CandidateProgress) => void) | undefined;
}

/**
 * Pairs that are sorted by length together; after each such group, its logits are on the disk. A group takes about half a
 * minute, because that is what a killed run loses.
 */
const GROUP = { first: 64, least: 32, most: 512, ms: 30_000 } as const;
/** Pairs that tell how fast the model is. */
const SAMPLE_PAIRS = 16;

/**
 * Scores the candidates of all queries, those that are not in the cache, and writes each group of logits into it: a run
 * that ends early loses one group at most.
 */
export class CandidateScorer {
  private constructor(
    private readonly model: Model,
    private readonly collection: TestCollection,
    private readonly cache: ScoreCache,
    private readonly candidates: readonly Candidate[],
    readonly plan: ScorePlan,
  ) {}

  /** Tokenizes all pairs, and looks which of them are known. Of texts that give the same token ids one is computed. */
  static prepare(
    model: Model,
    collection: TestCollection,
    candidates: Run,
    cache: ScoreCache,
  ): CandidateScorer {
    const list: Candidate[] = [];
    const missing = new Map<string, number>(); // its tokens, by key
    let cutPairs = 0;
    for (const [query, documents] of candidates) {
      const ids = [...documents.keys()];
      const encoded = model.encode(ids.map((document) => textsOf(collection, { query, document })));
      for (const [i, { windows, queryTokensCut, documentTokensCut }] of encoded.entries()) {
        const inputIds = windows[0]?.inputIds ?? new Int32Array();
        const key = ScoreCache.keyOf(inputIds);
        list.push({ query, document: ids[i] as string, key });
        if (queryTokensCut + documentTokensCut > 0) cutPairs += 1;
        if (cache.get(key) === undefined) missing.set(key, inputIds.length);
      }
    }
    let missingTokens = 0;
    for (const tokens of missing.values()) missingTokens += tokens;
    return new CandidateScorer(model, collection, cache, list, {
      pairs: list.length,
      cutPairs,
      missing: missing.size,
      missingTokens,
    });
  }

  /** Scores some missing pairs, which go into the cache. @returns how long all missing pairs will take. */
  async estimateMs(signal?: AbortSignal): Promise<number> {
    const missing = this.missing();
    if (missing.length === 0) return 0;
    const step = Math.max(1, Math.floor(missing.length / SAMPLE_PAIRS));
    const sample = missing.filter((_, i) => i % step === 0).slice(0, SAMPLE_PAIRS + 1);
    await this.scoreGroup(sample.slice(0, 1), { signal }); // the first batch also warms up
    const startedAt = performance.now();
    const tokens = await this.scoreGroup(sample.slice(1), { signal });
    const msPerToken = tokens === 0 ? 0 : (performance.now() - startedAt) / tokens;
    return msPerToken * this.plan.missingTokens;
  }

  /**
   * Scores what is missing.
   *
   * @returns the logits of all candidates.
   * @throws InternalError that names query and document, for one without a finite logit.
   */
  async score({ signal, onProgress }: ScoreRunOptions = {}): Promise<Run> {
    const missing = this.missing();
    let [pairs, tokens] = [0, 0];
    for (let size: number = GROUP.first; pairs < missing.length; ) {
      const group = missing.slice(pairs, pairs + size);
      const startedAt = performance.now();
      tokens += await this.scoreGroup(group, {
        signal,
        onProgress: (progress) =>
          onProgress?.({
            pairs: pairs + progress.pairs,
            totalPairs: missing.length,
            tokens: tokens + progress.tokens,
          }),
      });
      pairs += group.length;
      const msPerPair = (performance.now() - startedAt) / group.length;
      size = Math.round(Math.min(GROUP.most, Math.max(GROUP.least, GROUP.ms / msPerPair)));
    }
    const run = new Map<string, Map<string, number>>();
    for (const { query, document, key } of this.candidates) {
      const documents = run.get(query) ?? new Map<string, number>();
      documents.set(document, this.cache.get(key) as number);
      run.set(query, documents);
    }
    return run;
  }

  /** One candidate of each key without a logit. */
  private missing(): Candidate[] {
    const missing = new Map<string, Candidate>();
    for (const candidate of this.candidates) {
      if (this.cache.get(candidate.key) === undefined) missing.set(candidate.key, candidate);
    }
    return [...missing.values()];
  }

  /** @returns the tokens of the group. */
  private async scoreGroup(group: readonly Candidate[], options: ScoreRunOptions): Promise<number> {
    const sequences = this.model.encodeIds(group.map((candidate) => textsOf(this.collection, candidate)));
    const logits = await this.model.scoreSequences(sequences, options);
    const entries = group.map(({ query, document, key }, i): [string, number] => {
      const logit = logits[i]?.[0] ?? Number.NaN;
      if (!Number.isFinite(logit)) {
        throw new InternalError(notFinite(`Query ${query}, document ${document}`).message);
      }
      return [key, logit];
    });
    await this.cache.add(entries);
    return sequences.reduce((sum, { length }) => sum + length, 0);
  }
}

function textsOf(
  { queries, documents }: TestCollection,
  pair: Pick<Candidate, 'query' | 'document'>,
): TextPair {
  return { query: queries.get(pair.query) ?? '', document: documents.get(pair.document) ?? '' };
}
