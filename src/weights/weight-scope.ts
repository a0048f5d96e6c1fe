import { type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { InternalError } from '../errors/errors.js';
import type { Kernels } from '../kernels/kernels.js';
import { PLAIN_KERNELS } from '../kernels/plain.js';
import { auditTensors } from './audit.js';
import type { Checkpoint, CheckpointEntry, LoadProgress } from './checkpoint.js';
import { decodeFloat32 } from './format/dtype.js';
import { encodeBfloat16 } from './format/half-float.js';
import { RowTable } from './format/row-table.js';

/** Bytes of a table that are converted in one step. */
const CHUNK_BYTES = 64 * 1024 * 1024;

type Shape = readonly number[];

/** A weight that a layer asked for; it is available once the file has been read. */
export class Loaded<T> {
  private read: { readonly value: T } | undefined;

  /** @throws InternalError before the file has been read. */
  get value(): T {
    if (this.read === undefined) throw new InternalError('A weight is used before the checkpoint was read.');
    return this.read.value;
  }

  /** Called once, by the reader of the file. */
  fill(value: T): void {
    this.read = { value };
  }
}

/** One tensor of the checkpoint that a layer asked for. */
interface Request {
  readonly shape: Shape;
  /** Reads the tensor and gives it to the layer. */
  readonly take: (entry: CheckpointEntry, checkpoint: Checkpoint) => Promise<void>;
}

/** All requests, and all tensors that were made for them so far. */
interface LoadPlan {
  readonly kernels: Kernels;
  readonly requests: Map<string, Request>;
  readonly made: Tensor[];
}

/** A position in the checkpoint's tree of names: `scope.in('encoder.layer.3').tensors({'output.dense.weight': ...})`. */
export class WeightScope {
  constructor(
    private readonly plan: LoadPlan,
    private readonly path = '',
  ) {}

  /** How the model's weights are held and multiplied. */
  get kernels(): Kernels {
    return this.plan.kernels;
  }

  /** The scope below this one, like `cd`. */
  in(name: string): WeightScope {
    return new WeightScope(this.plan, `${this.path}${name}.`);
  }

  /**
   * Asks for float32 tensors of exactly these shapes. The checkpoint is read in its own order, after every layer has
   * asked.
   *
   * @param prepare turns them, once all are read, into the form that the layer computes with; it runs in a tidy.
   * @returns what `prepare` made, available once the file has been read. The layer disposes it; the rest is freed.
   */
  tensors<Name extends string>(
    shapes: Readonly<Record<Name, Shape>>,
    prepare: (tensors: Readonly<Record<Name, Tensor>>) => readonly Tensor[],
  ): Loaded<readonly Tensor[]> {
    const loaded = new Loaded<readonly Tensor[]>();
    const read = new Map<string, Tensor>();
    const wanted = Object.entries<Shape>(shapes);
    for (const [name, shape] of wanted) {
      const take = async (entry: CheckpointEntry, checkpoint: Checkpoint): Promise<void> => {
        const values = decodeFloat32(await checkpoint.read(entry.name), entry.dtype);
        const stored = tensor(values, [...shape], 'float32');
        this.plan.made.push(stored);
        read.set(name, stored);
        if (read.size < wanted.length) return;
        const prepared = tidy(() => [...prepare(Object.fromEntries(read) as Record<Name, Tensor>)]);
        this.plan.made.push(...prepared);
        for (const part of read.values()) {
          if (!prepared.includes(part)) {
            part.dispose();
          }
        }
        loaded.fill(prepared);
      };
      this.plan.requests.set(`${this.path}${name}`, { shape, take });
    }
    return loaded;
  }

  /**
   * Asks for an embedding table, which stays on the host: in the checkpoint's own dtype, or as bfloat16 if the model's
   * dtype is smaller than float32.
   */
  rowTable(name: string, shape: readonly [rows: number, width: number]): Loaded<RowTable> {
    const loaded = new Loaded<RowTable>();
    const narrow = this.kernels.dtype !== 'float32';
    const take = async (entry: CheckpointEntry, checkpoint: Checkpoint): Promise<void> => {
      if (narrow && (entry.dtype === 'F32' || entry.dtype === 'F64')) {
        loaded.fill(new RowTable(await readAsBfloat16(entry, checkpoint), 'BF16', shape[0]));
      } else if (entry.dtype === 'F64') {
        loaded.fill(new RowTable(await readAsFloat32(entry, checkpoint), 'F32', shape[0]));
      } else {
        loaded.fill(new RowTable(await checkpoint.read(entry.name), entry.dtype, shape[0]));
      }
    };
    this.plan.requests.set(`${this.path}${name}`, { shape, take });
    return loaded;
  }
}

/** Converts a tensor of wider values to bfloat16, in steps, so that memory never holds all of it as float32. */
async function readAsBfloat16(entry: CheckpointEntry, checkpoint: Checkpoint): Promise<Uint8Array> {
  const halfs = new Uint16Array(countOf(entry));
  await readChunks(entry, checkpoint, (values, at) => halfs.set(encodeBfloat16(values), at));
  return new Uint8Array(halfs.buffer);
}

/** Converts a tensor to float32, in steps. */
async function readAsFloat32(entry: CheckpointEntry, checkpoint: Checkpoint): Promise<Uint8Array> {
  const floats = new Float32Array(countOf(entry));
  await readChunks(entry, checkpoint, (values, at) => floats.set(values, at));
  return new Uint8Array(floats.buffer);
}

async function readChunks(
  entry: CheckpointEntry,
  checkpoint: Checkpoint,
  take: (values: Float32Array, at: number) => void,
): Promise<void> {
  const { name, dtype, byteLength } = entry;
  const valueBytes = byteLength / countOf(entry);
  for (let start = 0; start < byteLength; start += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, byteLength - start);
    take(decodeFloat32(await checkpoint.read(name, { start, length }), dtype), start / valueBytes);
  }
}

function countOf({ shape }: CheckpointEntry): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Options of loading a model. */
export interface LoadOptions {
  /** Default: TensorFlow.js's own operations, float32. */
  readonly kernels?: Kernels;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Called once, before any tensor is read, with the tensors that the model does not use and that are no known leftovers. */
  readonly onLeftovers?: ((names: readonly string[]) => void) | undefined;
}

/** A model built of layers. It must not be a promise: that enforces that every layer asks before the file is read. */
interface Disposable {
  dispose(): void;
}

/**
 * Builds a model from a checkpoint. First every layer asks for its tensors. Then the requests are compared with what is
 * there. Then the file is read once, in its own order, one tensor at a time. Peak memory stays near the size of the
 * weights plus one layer.
 *
 * @throws WeightNotFoundError, WeightShapeError, WeightFormatError before any data is read; after a failed read no
 * tensor is left behind.
 */
export async function loadWeights<T extends Disposable>(
  checkpoint: Checkpoint,
  build: (root: WeightScope) => T,
  { kernels = PLAIN_KERNELS, onProgress = () => {}, onLeftovers = () => {} }: LoadOptions = {},
): Promise<T> {
  const plan: LoadPlan = { kernels, requests: new Map(), made: [] };
  const built = build(new WeightScope(plan));
  const expected = new Map(Array.from(plan.requests, ([name, { shape }]) => [name, shape]));
  const { names, leftovers } = auditTensors(expected, checkpoint.entries, checkpoint.folder);
  const requests = new Map(Array.from(plan.requests, ([name, request]) => [names.get(name), request]));
  onLeftovers(leftovers);

  const totalBytes = [...checkpoint.entries.values()].reduce(
    (sum, entry) => sum + (requests.has(entry.name) ? entry.byteLength : 0),
    0,
  );
  let loadedBytes = 0;
  try {
    for (const [name, entry] of checkpoint.entries) {
      const request = requests.get(name);
      if (request === undefined) {
        continue; // the audit has found that it is not needed
      }
      await request.take(entry, checkpoint);
      loadedBytes += entry.byteLength;
      onProgress({ loadedBytes, totalBytes });
    }
    return built;
  } catch (error) {
    for (const made of plan.made) {
      made.dispose();
    }
    throw error;
  }
}
