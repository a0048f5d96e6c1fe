import { setMaxListeners } from 'node:events';

/** Whether the server accepts work. It does until it is told to stop; then it finishes the accepted work. */
export class Lifecycle {
  private readonly stop = new AbortController();
  private readonly cut = new AbortController();

  constructor() {
    setMaxListeners(0, this.cut.signal); // each open request listens, so many listeners are no leak
  }

  /** Whether the server is about to end, so that readiness fails. */
  get isDraining(): boolean {
    return this.stop.signal.aborted;
  }

  /** Aborted when the time for finishing is over; requests that still wait are refused. */
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
