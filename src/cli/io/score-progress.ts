import type { ScoreInput, ScoreProgress } from '../../engine/types.js';
import { formatBar, formatCount, formatDuration, formatPlural } from '../format/format.js';

const BAR_CELLS = 20;

/** How far a run of `score` is: what is done, how fast, and how long it will take where the input's size is known. */
export class ScoreMeter {
  private readonly startedAt = performance.now();
  private pairs = 0;
  private seen = 0;
  private texts = 0;
  private tokens = 0;
  private cut = 0;
  private bad = 0;
  private bytes = 0;

  constructor(private readonly totalBytes: number | undefined) {}

  /** Bad lines until now. */
  get badLines(): number {
    return this.bad;
  }

  /** Looks at what a group holds, so that what is done is called by its name. */
  see(inputs: readonly ScoreInput[]): void {
    this.seen += inputs.length;
    this.texts += inputs.filter((input) => typeof input === 'string').length;
  }

  /** Counts a group that is written. */
  add(group: { pairs: number; tokens: number; cut: number; bad: number; endByte: number }): void {
    this.pairs += group.pairs;
    this.tokens += group.tokens;
    this.cut += group.cut;
    this.bad += group.bad;
    this.bytes = group.endByte;
  }

  /** The status line, within a group that ends at `endByte`. */
  describe(group: ScoreProgress, endByte: number): string {
    const elapsed = performance.now() - this.startedAt;
    const bytes = this.bytes + ((endByte - this.bytes) * group.pairs) / group.totalPairs;
    const parts = [
      formatPlural(this.pairs + group.pairs, this.noun),
      ...this.rates(this.pairs + group.pairs, this.tokens + group.tokens, elapsed),
    ];
    if (this.totalBytes === undefined || this.totalBytes === 0) {
      return parts.join('  ');
    }
    const done = Math.min(1, bytes / this.totalBytes);
    const left = formatDuration((elapsed * (1 - done)) / done);
    return [`${formatBar(done, BAR_CELLS)} ${Math.floor(done * 100)} %`, ...parts, `${left} left`].join('  ');
  }

  /** The last line. */
  summary(maxLength: number): string {
    const elapsed = performance.now() - this.startedAt;
    const cut = this.cut === 0 ? '' : `; ${formatPlural(this.cut, this.noun)} cut to ${maxLength} tokens`;
    const bad = this.bad === 0 ? '' : `; ${formatPlural(this.bad, 'bad line')}`;
    const rates = this.rates(this.pairs, this.tokens, elapsed).join(', ');
    return `${formatPlural(this.pairs, this.noun)} in ${formatDuration(elapsed)} (${rates})${cut}${bad}`;
  }

  private get noun(): 'pair' | 'text' {
    return this.seen > 0 && this.texts === this.seen ? 'text' : 'pair';
  }

  private rates(pairs: number, tokens: number, elapsedMs: number): string[] {
    const perSecond = (count: number): string => formatCount((count / elapsedMs) * 1000);
    return [`${perSecond(pairs)} ${this.noun}s/s`, `${perSecond(tokens)} tokens/s`];
  }
}
