import { OverloadedError } from '../../errors/errors.js';

/** How fast the measured speed follows a batch. */
const WEIGHT = 0.1;
/** Before anything is measured: a small model on one core. It says when to come back, and refuses nothing. */
const FIRST_TOKENS_PER_MS = 1;
/** Of the time that a request has, how much the queue may be expected to take: the speed is an estimate. */
const SHARE_OF_WAIT = 0.75;

/** What may be in the queue. */
export interface AdmissionLimits {
  /** Tokens of all requests inside. */
  readonly maxTokens: number;
  /** Until the answer: what would come later than that is refused at once. */
  readonly maxWaitMs: number;
}

/** Who may enter the queue: a request with all of its tokens, or not at all. */
export class Admission {
  private held = 0;
  private inside = 0;
  private measured: number | undefined;

  constructor(private readonly limits: AdmissionLimits) {}

  /** Tokens of the requests inside. */
  get tokens(): number {
    return this.held;
  }

  /** Requests inside. */
  get requests(): number {
    return this.inside;
  }

  /**
   * Takes room for a request.
   *
   * @param share of the room that it holds at most: what is computed beside requests leaves them the rest.
   * @returns what gives the room back, once.
   * @throws OverloadedError when its tokens do not fit. A request that is larger than the whole queue enters an empty
   * one, unless it is computed beside others.
   */
  enter(tokens: number, share = 1): () => void {
    const held = share < 1 ? Math.min(tokens, share * this.room()) : tokens;
    this.assertRoom(tokens, share);
    this.held += held;
    this.inside += 1;
    return () => {
      this.held -= held;
      this.inside -= 1;
    };
  }

  /** @throws OverloadedError as {@link enter}. */
  assertRoom(tokens: number, share = 1): void {
    const room = this.room();
    const over = this.held + tokens - room;
    if (over > 0 && (this.inside > 0 || share < 1)) {
      const why =
        room < this.limits.maxTokens
          ? `are more than can be computed in time (about ${Math.floor(room)})`
          : `do not fit into the queue of ${room}`;
      throw new OverloadedError(
        `${this.held} tokens are waiting, and ${tokens} more ${why}. ` +
          (this.inside > 0 ? 'Try again later.' : 'Ask for less at a time.'),
        Math.min(over, this.held) / (this.measured ?? FIRST_TOKENS_PER_MS),
      );
    }
  }

  /** Learns how fast tokens leave, when the model has as much to do as it can. */
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
