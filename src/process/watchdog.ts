/** Number of checks in the time limit. If the machine stands still for a while, only one check is lost. */
const LOOKS = 10;

/** Detects that nothing is answered although work is open. */
export class Watchdog {
  private open = 0;
  private looks = 0;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param ms the longest time without any answer.
   * @param onHang called when that time is over.
   */
  constructor(
    private readonly ms: number,
    private readonly onHang: () => void,
  ) {}

  /** Watches some work until it ends; the end of any work counts as a sign of life. */
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
