/** It looks so often in its time: a machine that stood still for a while costs it one look, and no process its life. */
const LOOKS = 10;

/** Notices that nothing is answered although something is being worked on. */
export class Watchdog {
  private open = 0;
  private looks = 0;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param ms for how long there may be no answer to anything.
   * @param onHang called when that time is over.
   */
  constructor(
    private readonly ms: number,
    private readonly onHang: () => void,
  ) {}

  /** Watches until the work has ended; each end of a work is a sign of life. */
  async watch<T>(work: Promise<T>): Promise<T> {
    this.open += 1;
    this.timer ??= setInterval(() => this.look(), this.ms / LOOKS).unref();
    try {
      return await work;
    } finally {
      this.open -= 1;
      this.looks = 0;
      if (this.open === 0) {
        clearInterval(this.timer);
        this.timer = undefined;
      }
    }
  }

  private look(): void {
    this.looks += 1;
    if (this.looks > LOOKS) {
      this.looks = 0;
      this.onHang();
    }
  }
}
