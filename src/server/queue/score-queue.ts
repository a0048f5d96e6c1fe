import { type Batch, createBatch } from '../../batching/batch.js';
import { countTokens } from '../../batching/encode-pairs.js';
import { planBatches } from '../../batching/planner.js';
import type { BatchResult } from '../../process/answer-as-model.js';
import type { RemoteModel } from '../../process/remote-model.js';
import { isFiniteAnswer, notFinite } from '../../reranker/scores.js';
import { Admission } from './admission.js';
import {
  type QueueTiming,
  type ScoredPair,
  ScoreJob,
  type ScoreRequest,
  type Sequence,
} from './score-job.js';

/** How a queue works. */
export interface QueueOptions {
  /** Tokens of all accepted requests that are not answered yet. */
  readonly maxQueueTokens: number;
  /** A request that would be answered later than that is not accepted. */
  readonly maxWaitMs: number;
  /** Batches sent to the model at a time: one more than it computes at once, so that it never waits for the next. */
  readonly batchesInProcess: number;
  /** Called after each batch. */
  readonly onBatch?: ((batch: ComputedBatch) => void) | undefined;
}

/** A batch that was computed. */
export interface ComputedBatch extends BatchResult {
  readonly sequences: number;
  /** Without padding. */
  readonly tokens: number;
  readonly paddedTokens: number;
}

/** The answer to a request: its pairs in their order; where a deadline came first, those that were done. */
export interface ScoreAnswer {
  readonly pairs: readonly ScoredPair[];
  readonly timing: QueueTiming;
}

/** How far the search for a batch's other sequences goes, in budgets: a longer search finds less padding. */
const LOOK_AHEAD = 4;
/** `setTimeout` fires at once for a longer time. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Batches across requests. A request's turn is set when it arrives: tokens begun until then, plus its own tokens. So
 * requests of one size go in order, a small one goes before a large one that has much left, and none waits for ever,
 * because later requests count from a later start. No request waits to be joined with others: a batch goes as soon as
 * the model has room for it, and requests that arrive meanwhile are in the next one.
 */
export class ScoreQueue {
  readonly admission: Admission;
  private jobs: ScoreJob[] = [];
  private batchesOut = 0;
  private begunTokens = 0;

  constructor(
    private readonly model: RemoteModel,
    private readonly options: QueueOptions,
  ) {
    const { maxQueueTokens: maxTokens, maxWaitMs } = options;
    this.admission = new Admission({ maxTokens, maxWaitMs });
  }

  /**
   * @throws OverloadedError at once when it has no room; ModelUnavailableError when a process ended with a part of the
   * request; InternalError for a pair without a finite logit; the signal's reason; what `onPair` throws.
   */
  async score(request: ScoreRequest): Promise<ScoreAnswer> {
    const { pairs, signal, deadlineMs } = request;
    if (pairs.length === 0) {
      return { pairs: [], timing: { queueMs: 0, inferenceMs: 0 } };
    }
    signal?.throwIfAborted();
    const tokens = pairs.reduce((sum, pair) => sum + countTokens(pair), 0);
    const leave = this.admission.enter(tokens);
    const job = new ScoreJob(request, this.begunTokens + tokens);
    const abort = (): void => this.drop(job, signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const timer =
      deadlineMs === undefined
        ? undefined
        : setTimeout(() => job.finishEarly(), Math.min(deadlineMs, LONGEST_TIMER_MS));
    const after = this.jobs.findIndex(({ turn }) => turn > job.turn);
    this.jobs.splice(after === -1 ? this.jobs.length : after, 0, job);
    this.pump();
    try {
      return { pairs: await job.done, timing: job.timing };
    } finally {
      clearTimeout(timer);
      leave();
      this.jobs = this.jobs.filter((other) => other !== job);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Sends batches, as many as the model takes. */
  private pump(): void {
    if (!this.model.isUp) {
      if (this.jobs.length > 0) {
        this.model.whenUp(this.pumpAgain);
      }
      return;
    }
    while (this.batchesOut < this.options.batchesInProcess) {
      const sequences = this.takeBatch();
      if (sequences.length === 0) {
        return;
      }
      void this.compute(sequences);
    }
  }

  private readonly pumpAgain = (): void => this.pump();

  /** The batch of the sequence whose turn it is, filled with those of about its length from the ones after it. */
  private takeBatch(): Sequence[] {
    const { maxBatchTokens } = this.model;
    const candidates: Sequence[] = [];
    let tokens = 0;
    for (const { ready } of this.jobs) {
      for (const sequence of ready) {
        if (tokens >= LOOK_AHEAD * maxBatchTokens) {
          break;
        }
        candidates.push(sequence);
        tokens += sequence.inputIds.length;
      }
    }
    const lengths = candidates.map(({ inputIds }) => inputIds.length);
    const batch = planBatches(lengths, maxBatchTokens).find((indices) => indices.includes(0)) ?? [];
    const sequences = batch.map((i) => candidates[i] as Sequence);
    for (const sequence of sequences) {
      sequence.job.markSent(sequence);
    }
    return sequences;
  }

  private async compute(sequences: readonly Sequence[]): Promise<void> {
    const ids = sequences.map(({ inputIds }) => inputIds);
    const batch = createBatch(ids, this.model.config.padTokenId);
    const tokens = batch.lengths.reduce((sum, length) => sum + length, 0);
    this.batchesOut += 1;
    this.begunTokens += tokens;
    try {
      const result = await this.model.compute(batch);
      this.measure(batch, result.computeMs);
      const paddedTokens = batch.inputIds.length;
      this.options.onBatch?.({ ...result, sequences: sequences.length, tokens, paddedTokens });
      for (const [row, sequence] of sequences.entries()) {
        this.settle(sequence, result.logits[row] as number[]);
      }
    } catch (error) {
      for (const job of new Set(sequences.map(({ job }) => job))) {
        this.drop(job, error);
      }
    } finally {
      this.batchesOut -= 1;
      this.pump();
    }
  }

  /** Gives a sequence its answer. One that fails, or whose callback throws, ends its own request only. */
  private settle(sequence: Sequence, logits: readonly number[]): void {
    try {
      if (!isFiniteAnswer(logits)) {
        throw notFinite(`documents[${sequence.index}]`);
      }
      sequence.job.settle(sequence, logits);
    } catch (error) {
      this.drop(sequence.job, error);
    }
  }

  /** Learns the speed. A batch that is half empty shows how little there was to do, and not how fast the model is. */
  private measure({ inputIds, lengths }: Batch, computeMs: number): void {
    if (2 * inputIds.length >= this.model.maxBatchTokens) {
      const tokens = lengths.reduce((sum, length) => sum + length, 0);
      const atOnce = Math.max(this.options.batchesInProcess - 1, 1);
      this.admission.measure(tokens, computeMs / atOnce);
    }
  }

  /** Ends a request. Results of its batches in flight are discarded. */
  private drop(job: ScoreJob, reason: unknown): void {
    job.fail(reason);
    this.jobs = this.jobs.filter((other) => other !== job);
  }
}
