import { OverloadedError } from '../../errors/errors.js';

/** Weight of a new batch in the measured speed. */
const WEIGHT = 0.1;
/** Assumed before any measurement: a small model on one core. It only affects Retry-After and refuses nothing. */
const FIRST_TOKENS_PER_MS = 1;
/** Share of a request's time that the queue may take. Less than 1, because the speed is an estimate. */
const SHARE_OF_WAIT = 0.75;
/** Explanations leave the rest of the room to requests, however large they are. */
const SHARE_OF_EXPLANATIONS = 0.5;

/** Limits of the queue. */
export interface AdmissionLimits {
  /** Tokens of all accepted requests. */
  readonly maxTokens: number;
  /** Until the answer. A request that would take longer is refused at once. */
  readonly maxWaitMs: number;
}

/** Decides which requests may enter the queue. A request enters with all of its tokens, or not at all. */
export class Admission {
  private requestTokens = 0;
  private explanationTokens = 0;
  private inside = 0;
  private measured: number | undefined;

  constructor(private readonly limits: AdmissionLimits) {}

  /** Tokens of the accepted requests. */
  get tokens(): number {
    const most = SHARE_OF_EXPLANATIONS * this.room();
    return this.requestTokens + Math.min(this.explanationTokens, most);
  }

  /** Number of accepted requests. */
  get requests(): number {
    return this.inside;
  }

  /**
   * Takes room for a request.
   *
   * @returns a function that gives the room back; further calls have no effect.
   * @throws OverloadedError if its tokens do not fit. A request that is larger than the whole queue may enter an empty
   * one.
   */
  enter(tokens: number): () => void {
    this.assertRoom(tokens);
    this.requestTokens += tokens;
    return this.count(() => {
      this.requestTokens -= tokens;
    });
  }

  /**
   * Takes room for an explanation. All explanations together hold at most half of the room: the rest is for requests.
   *
   * @throws OverloadedError if its tokens do not fit, also into an empty queue.
   */
  enterExplanation(tokens: number): () => void {
    this.refuseOver(this.requestTokens + this.explanationTokens, tokens);
    this.explanationTokens += tokens;
    return this.count(() => {
      this.explanationTokens -= tokens;
    });
  }

  /** @throws OverloadedError like {@link enter}. */
  assertRoom(tokens: number): void {
    if (this.inside > 0) {
      this.refuseOver(this.tokens, tokens);
    }
  }

  private count(giveBack: () => void): () => void {
    this.inside += 1;
    let isInside = true;
    return () => {
      if (isInside) {
        isInside = false;
        this.inside -= 1;
        giveBack();
      }
    };
  }

  private refuseOver(held: number, tokens: number): void {
    const room = this.room();
    const over = held + tokens - room;
    if (over > 0) {
      const why =
        room < this.limits.maxTokens
          ? `are more than can be computed in time (about ${Math.floor(room)})`
          : `do not fit into the queue of ${room}`;
      throw new OverloadedError(
        `${held} tokens are waiting, and ${tokens} more ${why}. ` +
          (this.inside > 0 ? 'Try again later.' : 'Send fewer or shorter documents.'),
        Math.min(over, held) / (this.measured ?? FIRST_TOKENS_PER_MS),
      );
    }
  }

  /** Updates the measured speed. To be called only when the model is fully busy. */
  measure(tokens: number, ms: number): void {
    if (ms > 0) {
      const now = tokens / ms;
      this.measured = this.measured === undefined ? now : this.measured + WEIGHT * (now - this.measured);
    }
  }

  private room(): number {
    const { maxTokens, maxWaitMs } = this.limits;
    return this.measured === undefined
      ? maxTokens
      : Math.min(maxTokens, this.measured * maxWaitMs * SHARE_OF_WAIT);
  }
}
