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

/** Explanations leave the rest of the queue's room to requests, however large they are. */
const SHARE_OF_ROOM = 0.5;

/** Until when, by `performance.now()`, and what may end it before. */
export interface ExplainLimits {
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/** A scored pair in tokens and words, and what its explanation costs. */
export interface PreparedExplanation {
  readonly call: Omit<ExplainCall, 'timeoutMs'>;
  readonly words: readonly TokenSegment[];
  /** Tokens that are computed at most. */
  readonly cost: number;
}

/**
 * Explains logits in the model's process, one call at a time; batches of requests go in between. An explanation has as
 * many passes as a text has words, so its tokens take room in the queue, as those of requests do. The process gets token
 * ids; the texts are put beside its numbers here.
 */
export class Explainer {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly model: RemoteModel,
    private readonly admission: Admission,
    private readonly turns: Turns,
  ) {}

  /** Puts a scored pair, of a long document one window, into the tokens that were scored, and those into words. */
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
   * Why a pair has its logit.
   *
   * @throws OverloadedError when the queue has no room for it, or the deadline comes first.
   */
  async explain({ call, words, cost }: PreparedExplanation, limits: ExplainLimits): Promise<Explanation> {
    const answer = await this.ask<Attribution, ExplainCall>('explain', call, cost, limits);
    return { ...answer, segments: sumSegments(words, answer.tokens) };
  }

  /** Puts a pair into tokens, words and sentences. @throws what `prepareInspection` throws; the signal's reason. */
  prepareInspection(pair: TextPair, signal?: AbortSignal): Promise<PreparedInspection> {
    return runInTurns(this.turns, prepareInspection(this.model, pair), signal);
  }

  /** What an inspection of these pairs costs: tokens that are computed at most. */
  inspectionCost(pairs: readonly PreparedInspection[], methods: readonly ExplainMethod[]): number {
    return pairs.reduce((sum, { measured }) => sum + inspectTokens(methods, measured), 0);
  }

  /**
   * Looks at prepared pairs from all sides.
   *
   * @param maxAttentionBytes of all of them together.
   * @returns in their order.
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
    const leave = this.admission.enter(cost, SHARE_OF_ROOM);
    const answer = this.last.then(async () => {
      signal?.throwIfAborted();
      const timeoutMs = deadline - performance.now();
      if (timeoutMs <= 0) {
        throw new OverloadedError('There was no time left to explain it.', 0);
      }
      return this.model.ask<T>(method, { ...call, timeoutMs });
    });
    // The caller may leave; the process works on until its time is over, and the next call waits for that.
    this.last = answer.then(leave, leave);
    return signal === undefined ? answer : Promise.race([answer, aborted(signal, this.last)]);
  }
}

/** Rejects with the signal's reason, unless `settled` comes first. */
function aborted(signal: AbortSignal, settled: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    void settled.then(() => signal.removeEventListener('abort', abort));
  });
}
