import type { Steps } from '../tokenizer/steps.js';

/**
 * Starts one piece of work in each iteration of the event loop. Work that computes blocks its thread: of two pieces
 * that arrived together, the first could be answered only after the second had run too.
 */
export class Turns {
  private readonly waiting: (() => void)[] = [];
  private isScheduled = false;

  /** Does the work in its turn, in the order of arrival. */
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

/** UTF-16 units that are tokenized in one turn, which takes some milliseconds. */
const TURN_UNITS = 16_384;

/**
 * Runs the steps of work on texts in as many turns as they need, so that other work can run in between.
 *
 * @throws the signal's reason; errors of a step.
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
