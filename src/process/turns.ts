/** `short` is what makes ready what `long` computes: neither keeps the other waiting. */
export type Line = 'short' | 'long';

/**
 * Starts one piece of work in each turn of the event loop. Computing keeps its thread to itself; two pieces that came
 * together would run one after the other before the first one's answer goes out. So whoever waits for an answer would
 * wait for the next piece too, and the thread would then have nothing to do until both answers have led to new calls.
 */
export class Turns {
  private readonly waiting: Readonly<Record<Line, (() => void)[]>> = { short: [], long: [] };
  private last: Line = 'long';
  private isScheduled = false;

  /** Does the work in its turn; where both lines wait, they go alternately. */
  take<T>(line: Line, work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting[line].push(() => void work().then(resolve, reject));
      this.schedule();
    });
  }

  private schedule(): void {
    if (!this.isScheduled && this.waiting.short.length + this.waiting.long.length > 0) {
      this.isScheduled = true;
      setImmediate(() => {
        this.isScheduled = false;
        this.startNext();
        this.schedule();
      });
    }
  }

  private startNext(): void {
    const other: Line = this.last === 'short' ? 'long' : 'short';
    if (this.waiting[other].length > 0) {
      this.last = other;
    }
    this.waiting[this.last].shift()?.();
  }
}
