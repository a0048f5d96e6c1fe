import { OverloadedError } from '../errors.js';

/** How fast the measured speed follows a batch. */
const WEIGHT = 0.1;
/** Before anything is measured: a small model on one core. */
const FIRST_TOKENS_PER_MS = 1;

/** A request's place in the queue. */
export interface Place {
  /** Its tokens, now that they are counted. */
  correct(exact: number): void;
  /** Gives them back; once. */
  leave(): void;
}

/** Who may enter the queue: a request with all of its tokens, or not at all. */
export class Admission {
  private held = 0;
  private inside = 0;
  private tokensPerMs = FIRST_TOKENS_PER_MS;

  constructor(private readonly maxTokens: number) {}

  /** Tokens of the requests inside, by their upper bound. */
  get tokens(): number {
    return this.held;
  }

  /** Requests inside. */
  get requests(): number {
    return this.inside;
  }

  /**
   * @throws OverloadedError where they do not fit; a request that is larger than the whole queue enters an empty one.
   */
  enter(tokens: number): Place {
    const over = this.held + tokens - this.maxTokens;
    if (over > 0 && this.inside > 0) {
      throw new OverloadedError(
        `${this.held} tokens are waiting, and ${tokens} more do not fit into the queue of ${this.maxTokens}. Try again later.`,
        Math.min(over, this.held) / this.tokensPerMs,
      );
    }
    this.held += tokens;
    this.inside += 1;
    let own = tokens;
    const correct = (exact: number): void => {
      this.held += exact - own;
      own = exact;
    };
    return {
      correct,
      leave: () => {
        correct(0);
        this.inside -= 1;
      },
    };
  }

  /** Learns how fast tokens leave. */
  measure(tokens: number, ms: number): void {
    if (ms > 0) {
      this.tokensPerMs += WEIGHT * (tokens / ms - this.tokensPerMs);
    }
  }
}
