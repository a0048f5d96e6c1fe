import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { InputError, OutputError } from '../../errors/errors.js';
import { syncFolder } from '../../files/write-whole.js';
import { assertSameRun, type RunIdentity } from './run-identity.js';
import type { BadRow, ScoredWindow } from './scored-window.js';

/** Counts over the windows of a log. */
export interface Totals {
  rows: number;
  /** Rows with a score. */
  pairs: number;
  tokens: number;
  /** Pairs that lost tokens. */
  cut: number;
  bad: number;
}

/** rows u32, bytes of the list of bad rows u32, checksum of what follows. */
const HEAD_BYTES = 8 + 32;
const FIRST_READ = 2 ** 16;

/**
 * The scores of one input file until its output is written: a line that says which run it is, then a block for each
 * window. A block is on the disk before the next window begins. One that was not written whole has a wrong checksum; it
 * is cut off, and its window is computed anew.
 */
export class ScoreLog {
  readonly totals: Totals = { rows: 0, pairs: 0, tokens: 0, cut: 0, bad: 0 };

  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    private readonly labels: number,
    private readonly start: number,
    private end: number,
  ) {}

  /**
   * Makes a log, or goes on with the one that is there.
   *
   * @throws InputError when that one is of another run; OutputError when it cannot be written.
   */
  static async open(file: string, identity: RunIdentity, labels: number): Promise<ScoreLog> {
    const handle = await open(file, 'a+').catch((cause) => {
      throw cannotKeep(file, cause);
    });
    try {
      const first = await readAt(handle, 0, FIRST_READ);
      const lineEnd = first.indexOf(0x0a);
      if (lineEnd === -1) {
        const line = Buffer.from(`${JSON.stringify(identity)}\n`);
        await handle.truncate(0);
        await handle.appendFile(line);
        await handle.sync();
        await syncFolder(path.dirname(file));
        return new ScoreLog(file, handle, labels, line.length, line.length);
      }
      const before = parseIdentity(file, first.subarray(0, lineEnd).toString('utf8'));
      assertSameRun(
        `The progress in ${file}`,
        before,
        identity,
        'Run the old command again, or remove that file to begin anew.',
      );
      const log = new ScoreLog(file, handle, labels, lineEnd + 1, lineEnd + 1);
      await log.findEnd();
      return log;
    } catch (error) {
      await handle.close();
      throw cannotKeep(file, error);
    }
  }

  /** Adds a window; it is on the disk afterwards. @throws OutputError; what was there before stays. */
  async append(window: ScoredWindow): Promise<void> {
    const bad = Buffer.from(JSON.stringify(window.bad));
    const body = Buffer.concat([bytesOf(window.logits), bytesOf(window.tokens), bytesOf(window.cut), bad]);
    const head = Buffer.alloc(8);
    head.writeUInt32LE(window.rows, 0);
    head.writeUInt32LE(bad.length, 4);
    const block = Buffer.concat([head, checksum(head, body), body]);
    try {
      await this.handle.appendFile(block);
      await this.handle.sync();
    } catch (error) {
      await this.handle.truncate(this.end).catch(() => {}); // the checksum tells it as well
      throw cannotKeep(this.file, error);
    }
    this.end += block.length;
    this.count(window);
  }

  /** All windows, from the first on. */
  async *windows(): AsyncGenerator<ScoredWindow> {
    for (let at = this.start; at < this.end; ) {
      const block = await this.readBlock(at);
      if (block === undefined) {
        throw new InputError(`${this.file} has changed while it was read. Run the command again.`);
      }
      yield block.window;
      at = block.end;
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  private async findEnd(): Promise<void> {
    for (
      let block = await this.readBlock(this.end);
      block !== undefined;
      block = await this.readBlock(this.end)
    ) {
      this.end = block.end;
      this.count(block.window);
    }
    await this.handle.truncate(this.end);
  }

  private count({ rows, tokens, cut, bad }: ScoredWindow): void {
    this.totals.rows += rows;
    this.totals.pairs += rows - bad.length;
    this.totals.bad += bad.length;
    this.totals.tokens += tokens.reduce((sum, count) => sum + count, 0);
    this.totals.cut += cut.filter((count) => count > 0).length;
  }

  /** The block that begins there; undefined where none is whole. */
  private async readBlock(at: number): Promise<{ window: ScoredWindow; end: number } | undefined> {
    const head = await readAt(this.handle, at, HEAD_BYTES);
    if (head.length < HEAD_BYTES) return undefined;
    const rows = head.readUInt32LE(0);
    const badBytes = head.readUInt32LE(4);
    const bodyBytes = rows * 4 * (this.labels + 2) + badBytes;
    const { size } = await this.handle.stat();
    const end = at + HEAD_BYTES + bodyBytes;
    if (end > size) return undefined;
    const body = await readAt(this.handle, at + HEAD_BYTES, bodyBytes);
    if (!checksum(head.subarray(0, 8), body).equals(head.subarray(8))) return undefined;
    const numbers = body.buffer.slice(body.byteOffset, body.byteOffset + bodyBytes - badBytes);
    const window = {
      rows,
      logits: new Float32Array(numbers, 0, rows * this.labels),
      tokens: new Int32Array(numbers, rows * this.labels * 4, rows),
      cut: new Int32Array(numbers, rows * (this.labels + 1) * 4, rows),
      bad: JSON.parse(body.subarray(bodyBytes - badBytes).toString('utf8')) as readonly BadRow[],
    };
    return { window, end };
  }
}

function checksum(head: Uint8Array, body: Uint8Array): Buffer {
  return createHash('sha256').update(head).update(body).digest();
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** So many bytes from there on, fewer at the end of the file. */
async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

function parseIdentity(file: string, line: string): Partial<RunIdentity> {
  try {
    return JSON.parse(line) as Partial<RunIdentity>;
  } catch (cause) {
    throw new InputError(`${file} is not the progress of a run of score. Move it away.`, { cause });
  }
}

function cannotKeep(file: string, cause: unknown): unknown {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (cause instanceof InputError || code === undefined) return cause;
  const why = code === 'ENOSPC' ? 'The disk is full.' : `${message}.`;
  return new OutputError(
    `${file} cannot be written: ${why} Nothing that was scored before is lost; the same command goes on from there.`,
    { cause },
  );
}
