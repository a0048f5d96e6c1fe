import { lstat, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../errors/errors.js';
import { syncFile, syncFolder, writeWhole } from '../../files/write-whole.js';
import { assertSameRun, type RunIdentity } from './run-identity.js';
import type { Totals } from './score-log.js';

/** What is kept of a run that has written its output. */
interface Receipt {
  readonly identity: RunIdentity;
  readonly totals: Totals;
  readonly bytes: number;
}

/** An output file and the hidden files beside it, which tell how far the run is. */
export class OutputPlace {
  /** Scores until the output is written. */
  readonly log: string;
  /** The output while it is written. */
  readonly temporary: string;
  /** The list of its bad rows. */
  readonly badRows: string;
  /** Held by the process that writes. */
  readonly lock: string;
  private readonly receipt: string;

  constructor(readonly file: string) {
    const hidden = (ending: string): string =>
      path.join(path.dirname(file), `.${path.basename(file)}.${ending}`);
    this.log = hidden('scores');
    this.temporary = hidden('tmp');
    this.badRows = hidden('bad.jsonl');
    this.lock = hidden('lock');
    this.receipt = hidden('run.json');
  }

  /**
   * What the run that wrote this output came to; undefined where it is still to be written. A run that was killed
   * between its last two steps is ended here.
   *
   * @throws InputError when the file is there and is not of this run.
   */
  async findDone(identity: RunIdentity): Promise<Totals | undefined> {
    const receipt = await this.readReceipt();
    const bytes = await sizeOf(this.file);
    const remedy = `Nothing is overwritten: give another output, or remove ${this.file}.`;
    if (receipt === undefined) {
      if (bytes !== undefined) {
        throw new InputError(`${this.file} exists, and no run of score is known that wrote it. ${remedy}`);
      }
      return undefined;
    }
    if (bytes === undefined) {
      if ((await sizeOf(this.temporary)) !== receipt.bytes) {
        await rm(this.receipt); // the output was removed since
        return undefined;
      }
      assertSameRun(this.file, receipt.identity, identity, `Remove ${this.temporary} to begin anew.`);
      await this.publish();
      return receipt.totals;
    }
    assertSameRun(this.file, receipt.identity, identity, remedy);
    if (bytes !== receipt.bytes) {
      throw new InputError(`${this.file} was changed since score wrote it. ${remedy}`);
    }
    await rm(this.log, { force: true });
    return receipt.totals;
  }

  /** Gives the temporary file its name. The receipt is written before, so that the file never stands there without it. */
  async finish(identity: RunIdentity, totals: Totals): Promise<void> {
    await syncFile(this.temporary);
    const bytes = (await sizeOf(this.temporary)) as number;
    await writeWhole(this.receipt, `${JSON.stringify({ identity, totals, bytes } satisfies Receipt)}\n`);
    if ((await sizeOf(this.file)) !== undefined) {
      await rm(this.receipt);
      throw new InputError(
        `${this.file} was made by somebody else meanwhile. Move it away and run the command again.`,
      );
    }
    await this.publish();
  }

  private async publish(): Promise<void> {
    await rename(this.temporary, this.file);
    await syncFolder(path.dirname(this.file));
    await rm(this.log, { force: true });
  }

  private async readReceipt(): Promise<Receipt | undefined> {
    const text = await readFile(this.receipt, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as Receipt;
    } catch (cause) {
      throw new InputError(`${this.receipt} is not what score wrote. Remove it.`, { cause });
    }
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  return lstat(file).then(
    ({ size }) => size,
    () => undefined,
  );
}
