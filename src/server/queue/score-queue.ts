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

/** Options of a queue. */
export interface QueueOptions {
  /** Tokens of all accepted requests that are not answered yet. */
  readonly maxQueueTokens: number;
  /** A request that would take longer is not accepted. */
  readonly maxWaitMs: number;
  /** Batches that the model has at the same time: one more than it computes at once, so that it never waits. */
  readonly batchesInProcess: number;
  /** Called after each batch. */
  readonly onBatch?: ((batch: ComputedBatch) => void) | undefined;
}

/** A computed batch. */
export interface ComputedBatch extends BatchResult {
  readonly sequences: number;
  /** Without padding. */
  readonly tokens: number;
  readonly paddedTokens: number;
}

/** The answer to a request: its pairs in order; after a deadline, only those that are done. */
export interface ScoreAnswer {
  readonly pairs: readonly ScoredPair[];
  readonly timing: QueueTiming;
}

/** Limit of the search for a batch's other sequences, in batch budgets. A longer search finds less padding. */
const LOOK_AHEAD = 4;
/** `setTimeout` fires at once for longer times. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Batches across requests. A request's turn is set when it arrives: the number of tokens begun until then plus its own
 * tokens. So requests of equal size are served in order, a small one before a large one with much left, and none waits
 * forever, because later requests start from a higher number. A batch starts as soon as the model has room for it;
 * requests that arrive meanwhile are in the next one.
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
   * @throws OverloadedError at once if it has no room; ModelUnavailableError if a process ended with a part of the
   * request; InternalError for a pair without a finite logit; the signal's reason; errors thrown by `onPair`.
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

  /** Sends as many batches as the model takes. */
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

  /** A batch of the sequence whose turn it is and of following sequences of about the same length. */
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

  /** Gives a sequence its logits. If it fails, or its callback throws, only its own request ends. */
  private settle(sequence: Sequence, logits: readonly number[]): void {
    try {
      if (!isFiniteAnswer(logits)) {
        throw notFinite(`documents[${sequence.places[0]?.index}]`);
      }
      sequence.job.settle(sequence, logits);
    } catch (error) {
      this.drop(sequence.job, error);
    }
  }

  /** Measures the speed. Half-empty batches are ignored: they show a lack of work, not the speed of the model. */
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
