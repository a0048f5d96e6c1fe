import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { asOutputError } from '../files/write-whole.js';

/** What decides a logit beside the token ids. */
export interface ScoreSource {
  /** The model's name, for people who look into the folder. */
  readonly model: string;
  /** sha256 of its weights. */
  readonly weights: string;
  readonly dtype: string;
  readonly backend: string;
  readonly maxLength: number;
}

const KEY_BYTES = 16;
/** Key, logit as float32, checksum of both. */
const RECORD_BYTES = KEY_BYTES + 4 + 4;

/**
 * Logits on disk, by token ids: a file for each source, to which records are only added.
 *
 * Each record has a checksum. What a killed process left half written is skipped, and the records after it are found
 * again byte by byte, so that several processes may add to one file, and nothing is ever cut off or moved.
 */
export class ScoreCache {
  private constructor(
    readonly file: string,
    private readonly handle: FileHandle,
    private readonly logits: Map<string, number>,
  ) {}

  /** Opens the file of a source; the folder is made. @throws OutputError when it cannot be written. */
  static async open(folder: string, source: ScoreSource): Promise<ScoreCache> {
    const { model, weights, dtype, backend, maxLength } = source;
    const identity = createHash('sha256').update(JSON.stringify([weights, dtype, backend, maxLength]));
    const name = path.basename(model).replaceAll(/[^\w.-]/g, '_');
    const file = path.join(
      folder,
      `${name}-${dtype}-${backend}-${maxLength}-${identity.digest('hex').slice(0, 16)}.scores`,
    );
    try {
      await mkdir(folder, { recursive: true });
      const handle = await open(file, 'a');
      return new ScoreCache(file, handle, readRecords(await readFile(file)));
    } catch (error) {
      throw asOutputError(file, error);
    }
  }

  /** The key of a sequence of token ids. */
  static keyOf(inputIds: ArrayLike<number>): string {
    const ids = Int32Array.from(inputIds);
    const hash = createHash('sha256').update(new Uint8Array(ids.buffer));
    return hash.digest().toString('latin1', 0, KEY_BYTES);
  }

  get size(): number {
    return this.logits.size;
  }

  /** The logit that was added for a key. */
  get(key: string): number | undefined {
    return this.logits.get(key);
  }

  /** Adds logits, float32 values; they are on the disk afterwards. @throws OutputError; the earlier ones stay. */
  async add(entries: readonly (readonly [key: string, logit: number])[]): Promise<void> {
    const records = Buffer.concat(
      entries.map(([key, logit]) => {
        const record = Buffer.alloc(RECORD_BYTES);
        record.write(key, 0, 'latin1');
        record.writeFloatLE(logit, KEY_BYTES);
        record.writeUInt32LE(checksumOf(record), RECORD_BYTES - 4);
        return record;
      }),
    );
    try {
      await this.handle.appendFile(records);
      await this.handle.datasync();
    } catch (error) {
      throw asOutputError(this.file, error);
    }
    for (const [key, logit] of entries) this.logits.set(key, logit);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

function readRecords(bytes: Buffer): Map<string, number> {
  const logits = new Map<string, number>();
  for (let at = 0; at + RECORD_BYTES <= bytes.length; ) {
    const record = bytes.subarray(at, at + RECORD_BYTES);
    if (checksumOf(record) === record.readUInt32LE(RECORD_BYTES - 4)) {
      logits.set(record.toString('latin1', 0, KEY_BYTES), record.readFloatLE(KEY_BYTES));
      at += RECORD_BYTES;
    } else {
      at += 1;
    }
  }
  return logits;
}

function checksumOf(record: Buffer): number {
  return crc32(record.subarray(0, RECORD_BYTES - 4));
}
