import { mkdir, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Model } from '../../engine/model.js';
import type { ScoreProgress } from '../../engine/types.js';
import { asOutputError } from '../../files/write-whole.js';
import { toAnswerOf } from './answer.js';
import type { OutputPlace } from './output-place.js';
import { cutWindows } from './row.js';
import type { RunIdentity } from './run-identity.js';
import { lockRun } from './run-lock.js';
import { ScoreLog, type Totals } from './score-log.js';
import { type ScoredWindow, scoreWindow, type WindowCost } from './scored-window.js';
import type { OutputChoice, Table, WriteBytes } from './table.js';

/** Is told of a window while it is computed, and when it is on the disk. */
export interface WindowListener {
  /** A run that goes on begins here. */
  onResume(startByte: number): void;
  onProgress(progress: ScoreProgress, endByte: number): void;
  onWindow(window: ScoredWindow, cost: WindowCost, endByte: number): void;
}

/** What a run needs. */
export interface FileRunParts {
  readonly input: string;
  readonly place: OutputPlace;
  readonly identity: RunIdentity;
  readonly openTable: () => Promise<Table>;
  readonly model: Model;
  readonly choice: OutputChoice;
}

/**
 * One input file on its way to its output: rows -> windows of scores in the log -> the output, written from the log under
 * another name and renamed. Each step can be interrupted; the same command takes it up again.
 */
export class FileRun {
  private constructor(
    private readonly parts: FileRunParts,
    /** Counts of an earlier run: of its output where `isDone`, else of its log. */
    readonly before: Totals,
    readonly isDone: boolean,
  ) {}

  /** Looks at what is there. @throws InputError for an input that cannot be read, and for what is of another run. */
  static async prepare(parts: FileRunParts): Promise<FileRun> {
    const { place, identity, model, openTable } = parts;
    const folder = path.dirname(place.file);
    await mkdir(folder, { recursive: true }).catch((cause) => {
      throw asOutputError(folder, cause);
    });
    const done = await place.findDone(identity);
    if (done !== undefined) return new FileRun(parts, done, true);
    await (await openTable()).close();
    if ((await stat(place.log).catch(() => undefined)) === undefined)
      return new FileRun(parts, NOTHING, false);
    const log = await ScoreLog.open(place.log, identity, model.config.numLabels);
    await log.close();
    return new FileRun(parts, log.totals, false);
  }

  /** Scores what is left and writes the output. */
  async run(signal: AbortSignal, listener: WindowListener): Promise<Totals> {
    if (this.isDone) return this.before;
    const { place } = this.parts;
    const unlock = await lockRun(place.lock);
    try {
      return await this.runLocked(signal, listener);
    } finally {
      await unlock();
    }
  }

  private async runLocked(signal: AbortSignal, listener: WindowListener): Promise<Totals> {
    const { place, identity, openTable, model, input } = this.parts;
    const log = await ScoreLog.open(place.log, identity, model.config.numLabels);
    const table = await openTable();
    let isResumed = log.totals.rows > 0;
    try {
      for await (const rows of cutWindows(table.readRows(log.totals.rows, signal))) {
        signal.throwIfAborted();
        if (isResumed) listener.onResume(rows[0]?.endByte ?? 0);
        isResumed = false;
        const endByte = rows.at(-1)?.endByte ?? 0;
        const { window, cost } = await scoreWindow(model, rows, input, {
          signal,
          onProgress: (progress) => listener.onProgress(progress, endByte),
        });
        await log.append(window);
        listener.onWindow(window, cost, endByte);
      }
      await this.writeOutput(log, table);
      await place.finish(identity, log.totals);
      return log.totals;
    } finally {
      await table.close();
      await log.close();
    }
  }

  private async writeOutput(log: ScoreLog, table: Table): Promise<void> {
    const { place, choice, model, input } = this.parts;
    await writeFile(place.temporary, (write) =>
      table.writeScored(log.windows(), toAnswerOf(model.info), choice, write),
    );
    if (!choice.quarantine) return rm(place.badRows, { force: true });
    await writeFile(place.badRows, async (write) => {
      for await (const { bad } of log.windows()) {
        const lines = bad.map(({ row, reason }) => `${JSON.stringify({ file: input, row, reason })}\n`);
        await write(lines.join(''));
      }
    });
  }
}

const NOTHING: Totals = { rows: 0, pairs: 0, tokens: 0, cut: 0, bad: 0 };

/** Writes a file from its beginning and puts it on the disk. @throws OutputError that names it. */
export async function writeFile(file: string, fill: (write: WriteBytes) => Promise<void>): Promise<void> {
  try {
    const handle = await open(file, 'w');
    try {
      await fill((bytes) => (bytes.length === 0 ? Promise.resolve() : handle.appendFile(bytes)));
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw asOutputError(file, error);
  }
}
