/** Runs one task at a time; a new task aborts the previous one. */
export class Latest {
  private running: AbortController | undefined;

  /** Runs a task. If a later one aborts it, it ends without an error. */
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

  /** Aborts the running task. */
  stop(): void {
    this.running?.abort();
    this.running = undefined;
  }
}

/** Calls a function when no further call came for a while; `now` calls it at once. */
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
