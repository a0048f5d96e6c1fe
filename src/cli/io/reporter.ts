import { cutToWidth } from '../format/display-width.js';
import { visibleLine } from '../format/visible.js';
import type { Io } from './io.js';

/** Between two drawings of the status line. */
const REDRAW_MS = 100;
const ERASE_LINE = '\r\x1b[K';

/** All that goes to stderr beside errors: lines that stay, and one status line that moves where there is a terminal. */
export class Reporter {
  private shown = false;
  private drawnAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly io: Io,
    private readonly quiet: boolean,
  ) {}

  /** A line that stays. */
  note(text: string): void {
    if (!this.quiet) {
      this.clear();
      this.io.stderr.write(`${visibleLine(text)}\n`);
    }
  }

  /** Draws the status line anew; it is made only when it is time for it. */
  status(makeText: () => string): void {
    const { statusColumns, stderr } = this.io;
    const now = performance.now();
    if (!this.quiet && statusColumns !== undefined && now - this.drawnAt >= REDRAW_MS) {
      this.drawnAt = now;
      this.shown = true;
      stderr.write(`${ERASE_LINE}${cutToWidth(visibleLine(makeText()), statusColumns - 1)}`);
    }
  }

  /** Takes the status line away: before anything else is written to the terminal. */
  clear(): void {
    if (this.shown) {
      this.shown = false;
      this.drawnAt = Number.NEGATIVE_INFINITY;
      this.io.stderr.write(ERASE_LINE);
    }
  }
}
