import path from 'node:path';
import { InternalError, WeightFormatError, WeightNotFoundError } from '../errors/errors.js';
import { quote } from '../errors/quote.js';
import { exists, type OpenFile, openFile, readRange } from './file-range.js';
import { describePointer, MAX_POINTER_BYTES } from './format/lfs-pointer.js';
import {
  HEADER_START,
  MAX_HEADER_BYTES,
  parseSafetensorsHeader,
  safetensorsHeaderLength,
  type TensorEntry,
} from './format/safetensors.js';
import { parseShardIndex } from './format/shard-index.js';

const SINGLE_FILE = 'model.safetensors';
const INDEX_FILE = 'model.safetensors.index.json';

/** Weight files of other formats; the error mentions those that were found. */
const OTHER_FILES = [
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
  'tf_model.h5',
  'flax_model.msgpack',
  'model.onnx',
];

/** One tensor of a checkpoint: its place, and the name of its file. */
export interface CheckpointEntry extends TensorEntry {
  readonly file: string;
}

/** Progress of a load: bytes of the checkpoint's tensors read so far, and in total. */
export interface LoadProgress {
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

/** The open weight files of a model. The caller closes it. */
export interface Checkpoint {
  readonly folder: string;
  /** By name, in file order: by file, then by offset. */
  readonly entries: ReadonlyMap<string, CheckpointEntry>;
  /** Bytes of all tensors together. */
  readonly byteLength: number;
  /**
   * The bytes of one tensor, or of a range of it, little-endian as in the file, in memory of their own that starts at
   * offset 0.
   *
   * @param range inside the tensor: first byte and number of bytes
   * @throws WeightFormatError if a file has become shorter; WeightNotFoundError if there is no such tensor or the file
   *   system fails; InternalError after close()
   */
  read(name: string, range?: { readonly start: number; readonly length: number }): Promise<Uint8Array>;
  /** Closes the files; a second call does nothing. */
  close(): Promise<void>;
}

/**
 * Opens the safetensors weights of a model folder, one file or shards with an index, and checks their headers. No
 * tensor is read yet. If both are there, `model.safetensors` is taken, as in transformers.
 *
 * @param folder the model's folder
 * @throws WeightNotFoundError if there are no safetensors weights or they cannot be read
 * @throws WeightFormatError if a file breaks the format or the index does not fit its shards; all files are closed then
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const shardOf = await readPlan(folder);
  const files = new Map<string, OpenFile>();
  try {
    const entries = new Map<string, CheckpointEntry>();
    for (const file of new Set(shardOf?.values() ?? [SINGLE_FILE])) {
      const opened = await openFile(path.join(folder, file));
      files.set(file, opened);
      for (const entry of await readHeader(opened)) {
        if (shardOf !== undefined) assertMapped(entry.name, file, shardOf);
        entries.set(entry.name, { ...entry, file });
      }
    }
    for (const [name, file] of shardOf ?? []) {
      if (!entries.has(name)) {
        throw new WeightFormatError(
          `${INDEX_FILE} puts tensor ${quote(name)} into ${quote(file)}, which does not have it.`,
          path.join(folder, INDEX_FILE),
        );
      }
    }
    return new FileCheckpoint(folder, entries, files);
  } catch (error) {
    await closeAll(files);
    throw error;
  }
}

/**
 * Opens a checkpoint's files again, once they were closed; their headers are known and not read again.
 *
 * @throws WeightNotFoundError if a file is gone; WeightFormatError if one has another size than its header says.
 */
export async function reopenCheckpoint({ folder, entries }: Checkpoint): Promise<Checkpoint> {
  const sizes = new Map<string, number>();
  for (const { file, byteOffset, byteLength } of entries.values()) {
    sizes.set(file, Math.max(sizes.get(file) ?? 0, byteOffset + byteLength));
  }
  const files = new Map<string, OpenFile>();
  try {
    for (const [file, size] of sizes) {
      const opened = await openFile(path.join(folder, file));
      files.set(file, opened);
      if (opened.size !== size) {
        throw new WeightFormatError(
          `${opened.path} has ${opened.size} bytes, and had ${size} when the model was loaded. It was changed meanwhile.`,
          opened.path,
        );
      }
    }
    return new FileCheckpoint(folder, entries, files);
  } catch (error) {
    await closeAll(files);
    throw error;
  }
}

class FileCheckpoint implements Checkpoint {
  readonly byteLength: number;
  #closed = false;

  constructor(
    readonly folder: string,
    readonly entries: ReadonlyMap<string, CheckpointEntry>,
    private readonly files: ReadonlyMap<string, OpenFile>,
  ) {
    this.byteLength = [...entries.values()].reduce((sum, entry) => sum + entry.byteLength, 0);
  }

  async read(name: string, range?: { start: number; length: number }): Promise<Uint8Array> {
    if (this.#closed)
      throw new InternalError(`Tensor ${quote(name)} was requested from a closed checkpoint.`);
    const entry = this.entries.get(name);
    const file = entry && this.files.get(entry.file);
    if (entry === undefined || file === undefined) {
      throw new WeightNotFoundError(`${this.folder} has no tensor ${quote(name)}.`, [name]);
    }
    const { start, length } = range ?? { start: 0, length: entry.byteLength };
    return readRange(file, entry.byteOffset + start, length);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await closeAll(this.files);
  }
}

/** The shard of each tensor; undefined for a single file. */
async function readPlan(folder: string): Promise<ReadonlyMap<string, string> | undefined> {
  if (await exists(path.join(folder, SINGLE_FILE))) return undefined;
  const index = path.join(folder, INDEX_FILE);
  if (!(await exists(index))) throw await nothingToRead(folder);
  const opened = await openFile(index);
  try {
    if (opened.size > MAX_HEADER_BYTES) {
      throw new WeightFormatError(`${index} has ${opened.size} bytes; an index has at most 100 MB.`, index);
    }
    await assertNoPointer(opened);
    return parseShardIndex(await readRange(opened, 0, opened.size), index);
  } finally {
    await opened.handle.close();
  }
}

async function readHeader(file: OpenFile): Promise<readonly TensorEntry[]> {
  await assertNoPointer(file);
  const first8 = await readRange(file, 0, Math.min(HEADER_START, file.size));
  const length = safetensorsHeaderLength(first8, file.size, file.path);
  return parseSafetensorsHeader(await readRange(file, 0, HEADER_START + length), file.size, file.path);
}

/** @throws WeightFormatError for the pointer that git leaves in place of a large file. */
async function assertNoPointer(file: OpenFile): Promise<void> {
  if (file.size > MAX_POINTER_BYTES) return;
  const pointer = describePointer(await readRange(file, 0, file.size));
  if (pointer !== undefined) throw new WeightFormatError(`${file.path} ${pointer}`, file.path);
}

/** Checks that each shard has exactly what the index says. Then no tensor can be in two shards. */
function assertMapped(name: string, file: string, shardOf: ReadonlyMap<string, string>): void {
  const mapped = shardOf.get(name);
  if (mapped === file) return;
  const instead = mapped === undefined ? 'does not mention it' : `puts it into ${quote(mapped)}`;
  throw new WeightFormatError(`${file} has tensor ${quote(name)}; ${INDEX_FILE} ${instead}.`, file);
}

async function nothingToRead(folder: string): Promise<WeightNotFoundError> {
  if (!(await exists(folder))) return new WeightNotFoundError(`${folder} does not exist.`);
  const others: string[] = [];
  for (const name of OTHER_FILES) if (await exists(path.join(folder, name))) others.push(name);
  const seen = others.length === 0 ? 'no weights at all' : `only ${others.join(', ')}`;
  return new WeightNotFoundError(
    `${folder} has neither ${SINGLE_FILE} nor ${INDEX_FILE}, ${seen}. ` +
      'Other formats are not read, and nothing is ever unpickled; save the weights as safetensors with transformers: ' +
      'AutoModelForSequenceClassification.from_pretrained(folder).save_pretrained(folder, safe_serialization=True).',
  );
}

async function closeAll(files: ReadonlyMap<string, OpenFile>): Promise<void> {
  await Promise.allSettled([...files.values()].map((file) => file.handle.close()));
}
