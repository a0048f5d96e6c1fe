import type { EncodedPair, EncodedWindow } from '../../batching/encode-pairs.js';
import type { TextPair } from '../../engine/types.js';
import { OverloadedError } from '../../errors/errors.js';
import type { Attribution, SegmentedAttribution } from '../../inspection/attribution/attribution-types.js';
import { findSegments, sumSegments, type TokenSegment } from '../../inspection/attribution/segments.js';
import { type PreparedInspection, prepareInspection, present } from '../../inspection/inspect.js';
import type { Inspection, Measurement } from '../../inspection/inspection.js';
import type { RemoteModel } from '../../process/remote-model.js';
import { runInTurns, type Turns } from '../../process/turns.js';
import type { Admission } from '../queue/admission.js';
import {
  type ExplainCall,
  type ExplainMethod,
  explainTokens,
  type InspectCall,
  inspectTokens,
} from './explain-calls.js';

/** A pair's logit, attributed to its words. */
export type Explanation = SegmentedAttribution;

/** When an explanation must be done, in the time of `performance.now()`, and a signal that ends it earlier. */
export interface ExplainLimits {
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/** A scored pair as tokens and words, and the cost of its explanation. */
export interface PreparedExplanation {
  readonly call: Omit<ExplainCall, 'timeoutMs'>;
  readonly words: readonly TokenSegment[];
  /** The largest number of tokens that are computed. */
  readonly cost: number;
}

/**
 * Explains logits in the model's process, one call after another; batches of requests run in between. An explanation
 * needs as many passes as a text has words, so its tokens take room in the queue as a request's tokens do. The process
 * gets token ids; the texts are joined with its numbers here.
 */
export class Explainer {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly model: RemoteModel,
    private readonly admission: Admission,
    private readonly turns: Turns,
  ) {}

  /** Encodes a scored pair (or one window of a long document) as it was scored, and groups its tokens by words. */
  async prepare(
    pair: TextPair,
    { windows }: EncodedPair,
    window: number,
    method: ExplainMethod,
    signal?: AbortSignal,
  ): Promise<PreparedExplanation> {
    const { query, start, end } = windows[window] as EncodedWindow;
    const steps = this.model.placeTokensSteps(pair, { query, document: { start, end } });
    const placed = await runInTurns(this.turns, steps, signal);
    const words = findSegments(placed, pair, 'word');
    const tokens = {
      inputIds: placed.inputIds,
      parts: placed.tokens.map(({ part }) => part),
      segments: words.map((word) => word.tokens),
    };
    return {
      call: { tokens, method },
      words,
      cost: explainTokens(method, placed.inputIds.length, words.length),
    };
  }

  /**
   * Attributes a pair's logit to its words.
   *
   * @throws OverloadedError if the queue has no room for it, or the deadline comes first.
   */
  async explain({ call, words, cost }: PreparedExplanation, limits: ExplainLimits): Promise<Explanation> {
    const answer = await this.ask<Attribution, ExplainCall>('explain', call, cost, limits);
    return { ...answer, segments: sumSegments(words, answer.tokens) };
  }

  /** Encodes a pair into tokens, words and sentences. @throws as `prepareInspection`; the signal's reason. */
  prepareInspection(pair: TextPair, signal?: AbortSignal): Promise<PreparedInspection> {
    return runInTurns(this.turns, prepareInspection(this.model, pair), signal);
  }

  /** The cost of an inspection of these pairs: the largest number of tokens that are computed. */
  inspectionCost(pairs: readonly PreparedInspection[], methods: readonly ExplainMethod[]): number {
    return pairs.reduce((sum, { measured }) => sum + inspectTokens(methods, measured), 0);
  }

  /**
   * Inspects prepared pairs.
   *
   * @param maxAttentionBytes for all of them together.
   * @returns their inspections, in the same order.
   * @throws as {@link explain}.
   */
  async inspect(
    pairs: readonly PreparedInspection[],
    methods: readonly ExplainMethod[],
    maxAttentionBytes: number,
    limits: ExplainLimits,
  ): Promise<Inspection[]> {
    const call = { pairs: pairs.map(({ measured }) => measured), methods, maxAttentionBytes };
    const cost = this.inspectionCost(pairs, methods);
    const answers = await this.ask<Measurement[], InspectCall>('inspect', call, cost, limits);
    return pairs.map((pair, i) => present(this.model, pair, answers[i] as Measurement));
  }

  private async ask<T, C extends { readonly timeoutMs: number }>(
    method: string,
    call: Omit<C, 'timeoutMs'>,
    cost: number,
    { deadline, signal }: ExplainLimits,
  ): Promise<T> {
    const leave = this.admission.enterExplanation(cost);
    let hasStarted = false;
    const answer = this.last.then(async () => {
      signal?.throwIfAborted();
      const timeoutMs = deadline - performance.now();
      if (timeoutMs <= 0) {
        throw new OverloadedError('There was no time left to explain it.', 0);
      }
      hasStarted = true;
      return this.model.ask<T>(method, { ...call, timeoutMs }, timeoutMs);
    });
    // The caller may leave. The process continues until its time is over, and the next call waits for that.
    this.last = answer.then(leave, leave);
    if (signal === undefined) {
      return answer;
    }
    const gone = aborted(signal, this.last);
    gone.catch(() => hasStarted || leave()); // a call that has not started needs no room
    return Promise.race([answer, gone]);
  }
}

/** Rejects with the signal's reason, unless `settled` comes first. */
function aborted(signal: AbortSignal, settled: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) {
      abort();
    }
    signal.addEventListener('abort', abort, { once: true });
    void settled.then(() => signal.removeEventListener('abort', abort));
  });
}
