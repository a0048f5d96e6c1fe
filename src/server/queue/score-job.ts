import { bestWindow } from '../../batching/best-window.js';
import type { EncodedPair } from '../../batching/encode-pairs.js';
import { groupIdentical } from '../../batching/identical.js';

/** A request's pairs as tokens. */
export interface ScoreRequest {
  readonly pairs: readonly EncodedPair[];
  readonly signal?: AbortSignal | undefined;
  /** After this time the answer has the pairs that are done by then. */
  readonly deadlineMs?: number | undefined;
  /** Called when a pair is done; an error that it throws ends the request. */
  readonly onPair?: ((pair: ScoredPair) => void) | undefined;
}

/** A pair and the model's output for it. */
export interface ScoredPair {
  /** Its index in the request. */
  readonly index: number;
  /** The largest of its windows' logits. */
  readonly logit: number;
  /** The index of the window with this logit. */
  readonly window: number;
  readonly encoded: EncodedPair;
}

/** Durations after a request was tokenized. */
export interface QueueTiming {
  /** Until its first batch began. */
  readonly queueMs: number;
  /** From then until its last batch was done. */
  readonly inferenceMs: number;
}

/** A window of a pair. */
export interface Place {
  /** The pair's index in the request. */
  readonly index: number;
  readonly window: number;
}

/** A sequence that waits for its batch. */
export interface Sequence {
  readonly job: ScoreJob;
  readonly inputIds: Int32Array;
  /** Where the request has it; it is computed once. */
  readonly places: readonly Place[];
}

/** A request on its way through the queue. */
export class ScoreJob {
  /** Sequences that are not in a batch yet, the longest first. */
  readonly ready: Set<Sequence>;
  /** Resolves with the pairs in their order. */
  readonly done: Promise<readonly ScoredPair[]>;
  private resolve!: (pairs: readonly ScoredPair[]) => void;
  private reject!: (reason: unknown) => void;
  /** [pairs][windows]; holes for those that are not done. */
  private readonly logits: (readonly number[])[][];
  private readonly results: ScoredPair[] = [];
  private open: number;
  private hasEnded = false;
  private readonly startedAt = performance.now();
  private firstBatchAt: number | undefined;

  constructor(
    private readonly request: ScoreRequest,
    /** The job with the lowest turn goes first. */
    readonly turn: number,
  ) {
    const { pairs } = request;
    this.open = pairs.length;
    this.logits = pairs.map(() => []);
    const parts = pairs.flatMap(({ windows }, index) =>
      windows.map(({ inputIds }, window) => ({ inputIds, place: { index, window } })),
    );
    const sequences = groupIdentical(parts.map(({ inputIds }) => inputIds)).map((group): Sequence => {
      const same = group.map((i) => parts[i] as (typeof parts)[number]);
      const [{ inputIds }] = same as [(typeof parts)[number]];
      return { job: this, inputIds, places: same.map(({ place }) => place) };
    });
    this.ready = new Set(sequences.sort((a, b) => b.inputIds.length - a.inputIds.length));
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  get timing(): QueueTiming {
    const now = performance.now();
    const firstBatchAt = this.firstBatchAt ?? now;
    return { queueMs: firstBatchAt - this.startedAt, inferenceMs: now - firstBatchAt };
  }

  /** To be called when a batch takes the sequence. */
  markSent(sequence: Sequence): void {
    this.firstBatchAt ??= performance.now();
    this.ready.delete(sequence);
  }

  /** Takes the logits of a sequence, and ends the job if it was the last one. */
  settle({ places }: Sequence, logits: readonly number[]): void {
    for (const place of places) {
      this.settlePlace(place, logits);
    }
  }

  private settlePlace({ index, window }: Place, logits: readonly number[]): void {
    if (this.hasEnded) {
      return; // the batch was in flight when the request failed, or was answered early
    }
    const encoded = this.request.pairs[index] as EncodedPair;
    const answers = this.logits[index] as (readonly number[])[];
    answers[window] = logits;
    if (Object.keys(answers).length < encoded.windows.length) {
      return; // other windows are not done yet
    }
    const best = bestWindow(answers);
    const result = { index, logit: answers[best]?.[0] as number, window: best, encoded };
    this.results[index] = result;
    this.request.onPair?.(result);
    this.open -= 1;
    if (this.open === 0) {
      this.resolve(this.results);
    }
  }

  /** Ends with the pairs that are done. */
  finishEarly(): void {
    this.hasEnded = true;
    this.resolve(this.results.filter(() => true)); // removes the holes
  }

  fail(reason: unknown): void {
    this.hasEnded = true;
    this.reject(reason);
  }
}
