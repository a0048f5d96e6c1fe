import type { EncodedPair } from '../../batching/encode-pairs.js';
import type { TextPair } from '../../engine/scorer.js';
import { OverloadedError } from '../../errors/errors.js';
import type { SegmentedAttribution } from '../../inspection/attribution/attribution-types.js';
import type { InspectedRanking } from '../../inspection/inspection.js';
import type { Admission } from '../queue/admission.js';
import type { ModelHost } from '../queue/model-host.js';
import {
  type ExplainCall,
  type ExplainMethod,
  explainTokens,
  type InspectCall,
  sizeOf,
} from './explain-calls.js';

/** A pair's logit, shared out among its words. */
export type Explanation = SegmentedAttribution;

/** Requests find room beside an explanation, however large it is. */
const SHARE_OF_ROOM = 0.5;

/** Until when, by `performance.now()`, and who may end it before. */
export interface ExplainLimits {
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Explains what a model scored, in the model's process and one call at a time; batches of requests go in between. An
 * explanation has as many passes as a text has words: its tokens take room in the queue as those of requests do.
 */
export class Explainer {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly host: ModelHost,
    private readonly admission: Admission,
  ) {}

  /**
   * Why a pair scored as it did; of a long document its window.
   *
   * @throws OverloadedError where the queue has no room for it, or the deadline comes first.
   */
  explain(
    pair: TextPair,
    { windows }: EncodedPair,
    window: number,
    method: ExplainMethod,
    limits: ExplainLimits,
  ): Promise<Explanation> {
    const scored = windows[window] as EncodedPair['windows'][number];
    const kept = { query: scored.query, document: { start: scored.start, end: scored.end } };
    const tokens = explainTokens(method, sizeOf(pair, scored.inputIds.length));
    return this.ask<Explanation, ExplainCall>('explain', { pair, kept, method }, tokens, limits);
  }

  /**
   * Documents of a query, looked at from all sides.
   *
   * @param tokens what that costs at most.
   * @throws as {@link explain}.
   */
  inspect(
    call: Omit<InspectCall, 'timeoutMs'>,
    tokens: number,
    limits: ExplainLimits,
  ): Promise<InspectedRanking> {
    return this.ask<InspectedRanking, InspectCall>('inspect', call, tokens, limits);
  }

  private async ask<T, C extends { readonly timeoutMs: number }>(
    method: string,
    call: Omit<C, 'timeoutMs'>,
    tokens: number,
    { deadline, signal }: ExplainLimits,
  ): Promise<T> {
    const place = this.admission.enter(tokens, SHARE_OF_ROOM);
    const answer = this.last.then(async () => {
      signal?.throwIfAborted();
      const timeoutMs = deadline - performance.now();
      if (timeoutMs <= 0) {
        throw new OverloadedError('There was no time left to explain it.', 0);
      }
      return this.host.current().ask<T>(method, { ...call, timeoutMs });
    });
    // Whoever asked may leave; the process works on until its time is over, and the next one waits for that.
    this.last = answer.then(place.leave, place.leave);
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
