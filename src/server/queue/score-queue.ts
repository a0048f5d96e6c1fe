import { type Batch, createBatch } from '../../batching/batch.js';
import type { EncodedPair } from '../../batching/encode-pairs.js';
import { planBatches } from '../../batching/planner.js';
import { notFinite } from '../../engine/scores.js';
import type { BatchResult, EncodeGroup, ModelProcess } from '../../process/model-process.js';
import { Admission } from './admission.js';
import type { ModelHost } from './model-host.js';
import {
  type ScoredPair,
  ScoreJob,
  type ScoreRequest,
  type ScoreTiming,
  type Sequence,
} from './score-job.js';

/** How a queue works. */
export interface QueueOptions {
  /** Tokens of all accepted requests that are not answered yet, counted by their upper bound until they are known. */
  readonly maxQueueTokens: number;
  /** What would be answered later than that is not accepted. */
  readonly maxWaitMs: number;
  /** Batches in the process at a time: one more than it computes at once, so that it never waits for the next. */
  readonly batchesInProcess: number;
  /** Called after each batch. */
  readonly onBatch?: ((batch: ComputedBatch) => void) | undefined;
}

/** A batch that was computed. */
export interface ComputedBatch extends BatchResult {
  readonly sequences: number;
  /** Padding not counted. */
  readonly tokens: number;
  readonly paddedTokens: number;
}

/** The answer to a request: its pairs in their order; where a deadline came first, those that were done. */
export interface ScoreAnswer {
  readonly pairs: readonly ScoredPair[];
  readonly timing: ScoreTiming;
}

/** How far the search for a batch's other sequences goes, in budgets: more is less padding. */
const LOOK_AHEAD = 4;
/** A longer one would be over at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Text of one tokenizer call: it keeps the process from its batches for some milliseconds. */
const ENCODE_CHARACTERS = 32_768;

/**
 * Batches across requests. A request's turn is set when it comes: tokens begun until then, and its own. So requests of
 * one size go in order, a small one goes before a large one that has much left, and none waits for ever, as what comes
 * later counts from later. Nothing waits to be joined: a batch goes as soon as the process has room for it, and what
 * arrives meanwhile is in the next.
 */
export class ScoreQueue {
  readonly admission: Admission;
  private jobs: ScoreJob[] = [];
  private encoding = false;
  private batchesOut = 0;
  private begunTokens = 0;

  constructor(
    private readonly host: ModelHost,
    private readonly options: QueueOptions,
  ) {
    const { maxQueueTokens: maxTokens, maxWaitMs } = options;
    this.admission = new Admission({ maxTokens, maxWaitMs });
  }

  /**
   * @throws OverloadedError at once when it has no room; ModelUnavailableError when the process ended with a part of
   * the request; InternalError; the signal's reason; what `onEncoded` throws.
   */
  async score(request: ScoreRequest): Promise<ScoreAnswer> {
    if (request.pairs.length === 0) {
      return { pairs: [], timing: { tokenizeMs: 0, queueMs: 0, inferenceMs: 0 } };
    }
    return this.enqueue(request, false, async (job) => ({ pairs: await job.done, timing: job.timing }));
  }

  /** The tokens of a request's pairs, in their turn; nothing is computed. @throws as {@link score}. */
  async encode(request: ScoreRequest): Promise<readonly EncodedPair[]> {
    return request.pairs.length === 0 ? [] : this.enqueue(request, true, (job) => job.encoded);
  }

  private async enqueue<T>(
    request: ScoreRequest,
    onlyEncode: boolean,
    finish: (job: ScoreJob) => Promise<T>,
  ): Promise<T> {
    request.signal?.throwIfAborted();
    const place = this.admission.enter(request.boundTokens);
    const job = new ScoreJob(request, this.begunTokens + request.boundTokens, place, onlyEncode);
    const abort = (): void => this.drop(job, request.signal?.reason);
    request.signal?.addEventListener('abort', abort, { once: true });
    const { deadlineMs } = request;
    const timer =
      deadlineMs === undefined
        ? undefined
        : setTimeout(() => job.finishEarly(), Math.min(deadlineMs, LONGEST_TIMER_MS));
    const after = this.jobs.findIndex(({ turn }) => turn > job.turn);
    this.jobs.splice(after === -1 ? this.jobs.length : after, 0, job);
    this.pump();
    try {
      return await finish(job);
    } finally {
      clearTimeout(timer);
      place.leave();
      this.jobs = this.jobs.filter((other) => other !== job);
      request.signal?.removeEventListener('abort', abort);
    }
  }

  /** Sends what there is to do, as far as the process takes it. */
  private pump(): void {
    const { process } = this.host;
    if (process === undefined) {
      if (this.jobs.length > 0) {
        this.host.whenReady(this.pumpAgain);
      }
      return;
    }
    if (!this.encoding) {
      void this.encodeNext(process);
    }
    while (this.batchesOut < this.options.batchesInProcess) {
      const sequences = this.takeBatch();
      if (sequences.length === 0) {
        return;
      }
      void this.compute(process, sequences);
    }
  }

  private readonly pumpAgain = (): void => this.pump();

  /** Puts the next texts into tokens: a call's worth, of as many requests as that is. */
  private async encodeNext(process: ModelProcess): Promise<void> {
    const parts: { readonly job: ScoreJob; readonly start: number; readonly group: EncodeGroup }[] = [];
    let room = ENCODE_CHARACTERS;
    for (const job of this.jobs) {
      const { pairs, options } = job.request;
      const start = job.encoding;
      while (room > 0 && job.encoding < pairs.length) {
        const { query, document } = pairs[job.encoding] as (typeof pairs)[number];
        room -= document.length + (job.encoding === start ? query.length : 0) + 1;
        job.encoding += 1;
      }
      if (job.encoding > start) {
        parts.push({ job, start, group: { pairs: pairs.slice(start, job.encoding), options } });
      }
      if (room <= 0) {
        break;
      }
    }
    if (parts.length === 0) {
      return;
    }
    this.encoding = true;
    try {
      const encoded = await process.encode(parts.map(({ group }) => group));
      for (const [i, { job, start }] of parts.entries()) {
        this.take(job, start, encoded[i] as readonly EncodedPair[] | Error);
      }
    } catch (error) {
      for (const { job } of parts) {
        this.drop(job, error);
      }
    } finally {
      this.encoding = false;
      this.pump();
    }
  }

  /** What became of a request's texts; a mistake in them, or in what watches them, is that request's alone. */
  private take(job: ScoreJob, start: number, encoded: readonly EncodedPair[] | Error): void {
    try {
      if (encoded instanceof Error) {
        throw encoded;
      }
      job.addEncoded(start, encoded);
    } catch (error) {
      this.drop(job, error);
    }
  }

  /** The batch of the sequence whose turn it is, filled with those of about its length from the ones after it. */
  private takeBatch(): Sequence[] {
    const { maxBatchTokens } = this.host.loaded;
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

  private async compute(process: ModelProcess, sequences: readonly Sequence[]): Promise<void> {
    const { padTokenId } = this.host.loaded.info.config;
    const batch = createBatch(
      sequences.map(({ inputIds }) => inputIds),
      padTokenId,
    );
    const tokens = batch.lengths.reduce((sum, length) => sum + length, 0);
    this.batchesOut += 1;
    this.begunTokens += tokens;
    try {
      const result = await process.run(batch);
      this.measure(batch, result.computeMs);
      this.options.onBatch?.({
        ...result,
        sequences: sequences.length,
        tokens,
        paddedTokens: batch.inputIds.length,
      });
      for (const [row, sequence] of sequences.entries()) {
        this.settle(sequence, (result.logits[row] as number[])[0] as number);
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

  /** What became of a sequence; an input that fails, or what watches it, is that request's alone. */
  private settle(sequence: Sequence, logit: number): void {
    try {
      if (!Number.isFinite(logit)) {
        throw notFinite(`documents[${sequence.index}]`);
      }
      sequence.job.settle(sequence, logit);
    } catch (error) {
      this.drop(sequence.job, error);
    }
  }

  /** A batch that is half empty tells how little there was to do, and not how fast the model is. */
  private measure({ inputIds, lengths }: Batch, computeMs: number): void {
    if (2 * inputIds.length >= this.host.loaded.maxBatchTokens) {
      const tokens = lengths.reduce((sum, length) => sum + length, 0);
      const atOnce = Math.max(this.options.batchesInProcess - 1, 1);
      this.admission.measure(tokens, computeMs / atOnce);
    }
  }

  /** What of it is computed already is for nobody. */
  private drop(job: ScoreJob, reason: unknown): void {
    job.fail(reason);
    this.jobs = this.jobs.filter((other) => other !== job);
  }
}
