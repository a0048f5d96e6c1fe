/** Runs one task at a time: the next one ends the one before it. */
export class Latest {
  private running: AbortController | undefined;

  /** Runs a task; one that was ended by a later one is over without an error. */
  async run(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.stop();
    const mine = new AbortController();
    this.running = mine;
    try {
      await task(mine.signal);
    } catch (error) {
      if (!mine.signal.aborted) {
        throw error;
      }
    }
  }

  /** Ends the task that runs. */
  stop(): void {
    this.running?.abort();
    this.running = undefined;
  }
}

/** Calls once there was no further call for a while; `now` calls at once instead. */
export class Debounced {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly call: () => void,
    private readonly waitMs: number,
  ) {}

  soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.call, this.waitMs);
  }

  now(): void {
    clearTimeout(this.timer);
    this.call();
  }
}
