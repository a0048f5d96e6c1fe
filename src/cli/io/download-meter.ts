import type { DownloadProgress } from '../../hub/pull-options.js';
import { formatBar, formatBytes, formatDuration } from '../format/format.js';
import type { Reporter } from './reporter.js';

const BAR_CELLS = 20;

/** How far a download is, on stderr: a status line that moves, a line for each break and for the end. */
export class DownloadMeter {
  private startedAt: number | undefined;
  /** Bytes that were there when it began: of an earlier attempt. */
  private beganAt = 0;
  private last: DownloadProgress | undefined;
  private waiting = false;

  constructor(private readonly reporter: Reporter) {}

  /** Takes what a download tells. */
  readonly update = (progress: DownloadProgress): void => {
    const { state, detail, model, loadedBytes } = progress;
    if (state === 'waiting') {
      this.waiting = true;
      this.reporter.note(`Waiting: ${detail} downloads ${model}`);
      return;
    }
    if (state === 'retrying' || state === 'unchecked') {
      this.reporter.note(`${state === 'retrying' ? 'Trying again' : 'Warning'}: ${detail}`);
      return;
    }
    if (this.startedAt === undefined) {
      this.startedAt = performance.now();
      this.beganAt = loadedBytes;
    }
    this.last = progress;
    this.reporter.status(() => this.describe(progress));
  };

  /** Says what was downloaded, where anything was. */
  finish(folder: string): void {
    this.reporter.clear();
    if (this.startedAt === undefined || this.last === undefined) return;
    const { model, totalBytes } = this.last;
    const time = formatDuration(performance.now() - this.startedAt);
    const how = this.waiting ? 'Fetched' : 'Downloaded';
    this.reporter.note(`${how} ${model}, ${formatBytes(totalBytes)}, in ${time} to ${folder}`);
  }

  private describe({ loadedBytes, totalBytes, detail }: DownloadProgress): string {
    const elapsed = performance.now() - (this.startedAt ?? 0);
    const rate = (loadedBytes - this.beganAt) / elapsed;
    const done = totalBytes === 0 ? 1 : loadedBytes / totalBytes;
    const parts = [
      `${formatBar(done, BAR_CELLS)} ${Math.floor(done * 100)} %`,
      `${formatBytes(loadedBytes)} of ${formatBytes(totalBytes)}`,
    ];
    if (rate > 0) {
      parts.push(
        `${formatBytes(rate * 1000)}/s`,
        `${formatDuration((totalBytes - loadedBytes) / rate)} left`,
      );
    }
    return [...parts, detail].join('  ');
  }
}
