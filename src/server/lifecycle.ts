import { setMaxListeners } from 'node:events';

/** Whether the server takes work: it does until it is told to stop, and then finishes what it has. */
export class Lifecycle {
  private readonly stop = new AbortController();
  private readonly cut = new AbortController();

  constructor() {
    setMaxListeners(0, this.cut.signal); // every request listens: many are no leak
  }

  /** Whether readiness says no, because the server is about to end. */
  get isDraining(): boolean {
    return this.stop.signal.aborted;
  }

  /** Aborted when the time for finishing is over: what still waits is refused. */
  get deadline(): AbortSignal {
    return this.cut.signal;
  }

  drain(): void {
    this.stop.abort();
  }

  cutOff(): void {
    this.cut.abort();
  }
}
