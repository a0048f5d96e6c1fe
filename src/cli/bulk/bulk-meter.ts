import type { ScoreProgress } from '../../engine/types.js';
import { formatBar, formatCount, formatDuration, formatPlural } from '../format/format.js';
import type { Totals } from './score-log.js';
import type { ScoredWindow, WindowCost } from './scored-window.js';

const BAR_CELLS = 20;

/** How far a run over files is, and what it came to. What an earlier run did counts as done and not for the speed. */
export class BulkMeter {
  private readonly startedAt = performance.now();
  /** Bytes of input in this run. */
  private bytes = 0;
  private pairs = 0;
  private tokens = 0;
  private computedTokens = 0;
  private paddedTokens = 0;
  /** Where the next window begins, in bytes over all files. */
  private at = 0;
  private fileStart = 0;

  constructor(private readonly totalBytes: number) {}

  /** @param start bytes of the files before. */
  beginFile(start: number): void {
    this.fileStart = start;
    this.at = start;
  }

  /** What comes before in the file was done by an earlier run. */
  resume(startByte: number): void {
    this.at = this.fileStart + startByte;
  }

  add({ rows, tokens, bad }: ScoredWindow, cost: WindowCost, endByte: number): void {
    this.bytes += Math.max(0, this.fileStart + endByte - this.at);
    this.at = Math.max(this.at, this.fileStart + endByte);
    this.pairs += rows - bad.length;
    this.tokens += tokens.reduce((sum, count) => sum + count, 0);
    this.computedTokens += cost.tokens;
    this.paddedTokens += cost.paddedTokens;
  }

  /** The status line, within a window that ends at `endByte` of its file. */
  describe({ pairs, totalPairs, tokens }: ScoreProgress, endByte: number): string {
    const elapsed = performance.now() - this.startedAt;
    const inWindow = (Math.max(0, this.fileStart + endByte - this.at) * pairs) / totalPairs;
    const done = Math.min(1, (this.at + inWindow) / this.totalBytes);
    const left = ((this.totalBytes - this.at - inWindow) * elapsed) / (this.bytes + inWindow);
    return [
      `${formatBar(done, BAR_CELLS)} ${Math.floor(done * 100)} %`,
      formatPlural(this.pairs + pairs, 'pair'),
      ...rates(this.pairs + pairs, this.tokens + tokens, elapsed),
      `${formatDuration(left)} left`,
    ].join('  ');
  }

  /** The last line: counts of all files, speed and padding of this run. */
  summary({ pairs, tokens, cut, bad }: Totals, files: number, maxLength: number): string {
    const elapsed = performance.now() - this.startedAt;
    const speed = this.pairs === 0 ? [] : rates(this.pairs, this.tokens, elapsed);
    const padding = this.paddedTokens === 0 ? 0 : 1 - this.computedTokens / this.paddedTokens;
    const before = pairs - this.pairs;
    return [
      `${formatPlural(pairs, 'pair')}, ${formatPlural(tokens, 'token')} in ${formatPlural(files, 'file')}`,
      ...(before > 0 ? [`${formatPlural(before, 'pair')} scored by an earlier run`] : []),
      ...(speed.length > 0
        ? [`${formatDuration(elapsed)} (${speed.join(', ')}, padding ${(padding * 100).toFixed(1)} %)`]
        : []),
      ...(cut > 0 ? [`${formatPlural(cut, 'pair')} cut to ${maxLength} tokens`] : []),
      ...(bad > 0 ? [formatPlural(bad, 'bad row')] : []),
    ].join('; ');
  }
}

function rates(pairs: number, tokens: number, elapsedMs: number): string[] {
  const perSecond = (count: number): string => formatCount((count / elapsedMs) * 1000);
  return [`${perSecond(pairs)} pairs/s`, `${perSecond(tokens)} tokens/s`];
}
