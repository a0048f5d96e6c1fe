import type { EncodedPair, EncodeOptions } from '../../batching/encode-pairs.js';
import { bestWindow } from '../../engine/best-window.js';
import type { TextPair } from '../../engine/scorer.js';
import type { Place } from './admission.js';

/** A request's pairs. */
export interface ScoreRequest {
  readonly pairs: readonly TextPair[];
  readonly options: EncodeOptions;
  /** Upper bound of its tokens. */
  readonly boundTokens: number;
  readonly signal?: AbortSignal | undefined;
  /** When to answer with the pairs that are done by then. */
  readonly deadlineMs?: number | undefined;
  /** Called when a pair is in tokens; what it throws ends the request. */
  readonly onEncoded?: ((pair: EncodedPair, index: number) => void) | undefined;
  /** Called when a pair is done. */
  readonly onPair?: ((pair: ScoredPair) => void) | undefined;
}

/** A pair and what the model says of it. */
export interface ScoredPair {
  /** Where it stood in the request. */
  readonly index: number;
  /** The largest of its windows' logits. */
  readonly logit: number;
  /** Which window that is. */
  readonly window: number;
  readonly encoded: EncodedPair;
}

/** Where a request's time went. */
export interface ScoreTiming {
  /** Until all pairs were in tokens; other requests' turns in it. */
  readonly tokenizeMs: number;
  /** From there until its first batch began. */
  readonly queueMs: number;
  /** From there until its last batch was back. */
  readonly inferenceMs: number;
}

/** One sequence that waits for its batch. */
export interface Sequence {
  readonly job: ScoreJob;
  readonly index: number;
  readonly window: number;
  readonly inputIds: Int32Array;
}

/** A pair whose windows are not all back. */
interface OpenPair {
  readonly encoded: EncodedPair;
  readonly logits: number[];
  open: number;
}

/** A request on its way through the queue. */
export class ScoreJob {
  /** Sequences that no batch has taken yet, the longest of each call first. */
  readonly ready = new Set<Sequence>();
  /** Pairs that are in tokens, or on their way there. */
  encoding = 0;
  /** Resolves with the pairs in their order. */
  readonly done: Promise<readonly ScoredPair[]>;
  /** Resolves with the pairs in tokens, in their order. */
  readonly encoded: Promise<readonly EncodedPair[]>;
  private resolveEncoded!: (pairs: readonly EncodedPair[]) => void;
  private resolve!: (pairs: readonly ScoredPair[]) => void;
  private reject!: (reason: unknown) => void;
  private readonly pairs: OpenPair[] = [];
  private tokens = 0;
  private readonly results: ScoredPair[] = [];
  private open: number;
  private readonly startedAt = performance.now();
  private encodedAt = this.startedAt;
  private firstBatchAt: number | undefined;

  constructor(
    readonly request: ScoreRequest,
    /** The lowest goes first. */
    readonly turn: number,
    private readonly place: Place,
    /** Whether it ends when it is in tokens. */
    private readonly onlyEncode: boolean,
  ) {
    this.open = request.pairs.length;
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.encoded = new Promise((resolve, reject) => {
      this.resolveEncoded = resolve;
      this.done.catch(reject);
    });
    this.encoded.catch(() => {}); // whoever waits for the scores learns it there
  }

  get timing(): ScoreTiming {
    const firstBatchAt = Math.max(this.firstBatchAt ?? this.encodedAt, this.encodedAt);
    return {
      tokenizeMs: this.encodedAt - this.startedAt,
      queueMs: firstBatchAt - this.encodedAt,
      inferenceMs: performance.now() - firstBatchAt,
    };
  }

  /** Takes the tokens of the pairs from `start` on. */
  addEncoded(start: number, encoded: readonly EncodedPair[]): void {
    const sequences: Sequence[] = [];
    for (const [i, pair] of encoded.entries()) {
      const index = start + i;
      this.request.onEncoded?.(pair, index);
      this.pairs[index] = { encoded: pair, logits: [], open: pair.windows.length };
      for (const [window, { inputIds }] of pair.windows.entries()) {
        sequences.push({ job: this, index, window, inputIds });
        this.tokens += inputIds.length;
      }
    }
    sequences.sort((a, b) => b.inputIds.length - a.inputIds.length);
    for (const sequence of this.onlyEncode ? [] : sequences) {
      this.ready.add(sequence);
    }
    this.encodedAt = performance.now();
    if (this.pairs.length === this.request.pairs.length) {
      this.place.correct(this.tokens);
      this.resolveEncoded(this.pairs.map(({ encoded }) => encoded));
    }
  }

  /** A batch takes it. */
  markSent(sequence: Sequence): void {
    this.firstBatchAt ??= performance.now();
    this.ready.delete(sequence);
  }

  /** Takes the logit of a sequence, and ends when it was the last. */
  settle({ index, window }: Sequence, logit: number): void {
    const pair = this.pairs[index] as OpenPair;
    pair.logits[window] = logit;
    pair.open -= 1;
    if (pair.open > 0) {
      return;
    }
    const best = bestWindow(pair.logits);
    const result = { index, logit: pair.logits[best] as number, window: best, encoded: pair.encoded };
    this.results[index] = result;
    this.request.onPair?.(result);
    this.open -= 1;
    if (this.open === 0) {
      this.resolve(this.results);
    }
  }

  /** Ends with the pairs that are done. */
  finishEarly(): void {
    this.resolve(this.results.filter(() => true)); // leaves the holes out
  }

  fail(reason: unknown): void {
    this.reject(reason);
  }
}
