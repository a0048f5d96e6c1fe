import type { Steps } from '../tokenizer/steps.js';

/**
 * Starts one piece of work in each turn of the event loop. Work that computes keeps its thread to itself: two pieces
 * that came together would run one after the other, and the answer to the first would go out only after the second.
 */
export class Turns {
  private readonly waiting: (() => void)[] = [];
  private isScheduled = false;

  /** Does the work in its turn: first come, first served. */
  take<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
      this.schedule();
    });
  }

  private schedule(): void {
    if (!this.isScheduled && this.waiting.length > 0) {
      this.isScheduled = true;
      setImmediate(() => {
        this.isScheduled = false;
        this.waiting.shift()?.();
        this.schedule();
      });
    }
  }
}

/** UTF-16 units that are tokenized in one turn: some milliseconds. */
const TURN_UNITS = 16_384;

/**
 * Does the steps of work on texts in as many turns as they need, so that other work gets its turns in between.
 *
 * @throws the signal's reason; what a step throws.
 */
export async function runInTurns<T>(turns: Turns, steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    signal?.throwIfAborted();
    const end = await turns.take(() => {
      for (let room = TURN_UNITS; room > 0; ) {
        const step = steps.next();
        if (step.done === true) {
          return { value: step.value };
        }
        room -= step.value;
      }
      return undefined;
    });
    if (end !== undefined) {
      return end.value;
    }
  }
}
