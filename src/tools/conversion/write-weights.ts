import { type FileHandle, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../errors/errors.js';
import type { Checkpoint, CheckpointEntry } from '../../weights/checkpoint.js';
import {
  type Dtype,
  decodeFloat32,
  dtypeByteLength,
  isLoadable,
  type WritableDtype,
} from '../../weights/format/dtype.js';
import { encodeBfloat16, encodeFloat16 } from '../../weights/format/half-float.js';
import { createSafetensorsHeader } from '../../weights/format/safetensors-header.js';

/** Bytes read at once. Memory stays at a few times this size, however large a tensor is. */
const CHUNK_BYTES = 16 * 1024 * 1024;

/** The word table, with and without the prefix of the checkpoint's base model. */
const WORD_TABLE = /(^|\.)embeddings\.word_embeddings\.weight$/;

/** The changes to the weights. */
export interface WeightPlan {
  /** The dtype of every floating-point tensor; undefined keeps each as it is. */
  readonly dtype: WritableDtype | undefined;
  /** Rows of the word table to keep, ascending; undefined keeps all. */
  readonly keptIds: Int32Array | undefined;
  /** Largest size of a shard; undefined writes one file. */
  readonly maxShardBytes: number | undefined;
}

/** A tensor as it will be written. */
interface Planned {
  readonly source: CheckpointEntry;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly byteLength: number;
}

/**
 * Writes a checkpoint's tensors into a folder as safetensors, in their order, one file or shards with an index.
 *
 * @param onBytes called with the bytes written so far, of all.
 * @returns bytes of all tensors written.
 * @throws InputError for a value too large for F16, with the tensor's name; errors of checkpoint and file system.
 */
export async function writeWeights(
  checkpoint: Checkpoint,
  folder: string,
  plan: WeightPlan,
  onBytes: (written: number, total: number) => void = () => {},
): Promise<number> {
  const tensors = [...checkpoint.entries.values()].map((source) => planTensor(source, plan));
  const total = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const shards = divide(tensors, plan.maxShardBytes ?? Number.POSITIVE_INFINITY);
  const weightMap: Record<string, string> = {};
  let written = 0;
  for (const [i, shard] of shards.entries()) {
    const name =
      shards.length === 1
        ? 'model.safetensors'
        : `model-${fiveDigits(i + 1)}-of-${fiveDigits(shards.length)}.safetensors`;
    const file = await open(path.join(folder, name), 'wx');
    try {
      const headers = shard.map(({ source, dtype, shape }) => ({ name: source.name, dtype, shape }));
      await writeAll(file, createSafetensorsHeader(headers, { format: 'pt' }));
      for (const tensor of shard) {
        weightMap[tensor.source.name] = name;
        for await (const bytes of convert(checkpoint, tensor, plan.keptIds)) {
          await writeAll(file, bytes);
          written += bytes.byteLength;
          onBytes(written, total);
        }
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }
  if (shards.length > 1) {
    const index = { metadata: { total_size: total }, weight_map: weightMap };
    await writeFile(
      path.join(folder, 'model.safetensors.index.json'),
      `${JSON.stringify(index, undefined, 2)}\n`,
    );
  }
  return total;
}

function planTensor(source: CheckpointEntry, { dtype: wanted, keptIds }: WeightPlan): Planned {
  const dtype = wanted !== undefined && isLoadable(source.dtype) ? wanted : source.dtype;
  const [rows, ...rest] = source.shape;
  const lastKept = keptIds?.at(-1);
  if (rows !== undefined && lastKept !== undefined && lastKept >= rows && WORD_TABLE.test(source.name)) {
    throw new InputError(
      `The tokenizer has id ${lastKept}, but "${source.name}" has only ${rows} rows. They do not belong to one model.`,
    );
  }
  const shape =
    keptIds !== undefined && rows !== undefined && WORD_TABLE.test(source.name)
      ? [keptIds.length, ...rest]
      : source.shape;
  const count = shape.reduce((product, size) => product * size, 1);
  return { source, dtype, shape, byteLength: dtypeByteLength(dtype, count) ?? source.byteLength };
}

/** Divides tensors, in their order, into shards; a tensor starts a new shard if it would make this one too large. */
function divide(tensors: readonly Planned[], maxShardBytes: number): Planned[][] {
  const shards: Planned[][] = [[]];
  let bytes = 0;
  for (const tensor of tensors) {
    const current = shards.at(-1) as Planned[];
    if (current.length > 0 && bytes + tensor.byteLength > maxShardBytes) {
      shards.push([tensor]);
      bytes = tensor.byteLength;
    } else {
      current.push(tensor);
      bytes += tensor.byteLength;
    }
  }
  return shards;
}

function fiveDigits(value: number): string {
  return String(value).padStart(5, '0');
}

/** The bytes of a tensor in their new form, chunk by chunk. */
async function* convert(
  checkpoint: Checkpoint,
  { source, dtype, shape }: Planned,
  keptIds: Int32Array | undefined,
): AsyncGenerator<Uint8Array> {
  const rows = source.shape[0] ?? 1;
  const rowBytes = rows === 0 ? 0 : source.byteLength / rows;
  const pruned = keptIds !== undefined && shape !== source.shape;
  const rowsAtOnce = Math.max(1, Math.floor(CHUNK_BYTES / Math.max(1, rowBytes)));
  let next = 0; // index into the kept rows
  for (let row = 0; row < rows && rowBytes > 0; row += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - row);
    let bytes = await checkpoint.read(source.name, { start: row * rowBytes, length: count * rowBytes });
    if (pruned) {
      const from = next;
      while (next < keptIds.length && (keptIds[next] as number) < row + count) {
        next += 1;
      }
      bytes = takeRows(bytes, keptIds.subarray(from, next), row, rowBytes);
    }
    yield dtype === source.dtype ? bytes : encode(bytes, source, dtype);
  }
}

function takeRows(bytes: Uint8Array, ids: Int32Array, firstRow: number, rowBytes: number): Uint8Array {
  const taken = new Uint8Array(ids.length * rowBytes);
  for (const [i, id] of ids.entries()) {
    const start = (id - firstRow) * rowBytes;
    taken.set(bytes.subarray(start, start + rowBytes), i * rowBytes);
  }
  return taken;
}

function encode(bytes: Uint8Array, { name, dtype: from }: CheckpointEntry, to: Dtype): Uint8Array {
  const values = decodeFloat32(bytes, from);
  if (to === 'F32') {
    return bytesOf(values);
  }
  if (to === 'F16' && values.some((value) => Number.isFinite(value) && Math.abs(value) >= 65_520)) {
    throw new InputError(
      `Tensor "${name}" has a value too large for F16 (${values.find((value) => Number.isFinite(value) && Math.abs(value) >= 65_520)}, the ` +
        'largest there is 65,504). Convert to BF16, which has the range of float32.',
    );
  }
  return bytesOf(to === 'F16' ? encodeFloat16(values) : encodeBfloat16(values));
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    done += (await file.write(bytes, done, bytes.byteLength - done)).bytesWritten;
  }
}
