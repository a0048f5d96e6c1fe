import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Model } from '../../engine/model.js';
import { InputError } from '../../errors/errors.js';
import { writeWhole } from '../../files/write-whole.js';
import type { Activation } from '../../model/activation-names.js';
import { selectActivations } from './activation-globs.js';
import type {
  DatasetIndex,
  DatasetPair,
  DatasetSettings,
  DatasetShard,
  DatasetTraceOptions,
} from './dataset.js';
import { encodeSafetensors } from './export.js';
import { assertPoolable, pool } from './pooling.js';
import { shapesOf } from './shapes.js';
import { tracePairs } from './trace.js';

const INDEX = 'index.json';
const DEFAULT_SHARD_PAIRS = 1024;

/**
 * Traces a data set of any size into shards of pooled activations. A shard is written atomically, the index after it.
 * A second run with the same folder, settings and input checks the pairs of complete shards and continues after them.
 *
 * @returns the last index that was written.
 * @throws InputError if the folder holds another run's shards: other settings, or other pairs in the same places.
 */
export async function traceDataset(
  model: Model,
  pairs: AsyncIterable<DatasetPair> | Iterable<DatasetPair>,
  options: DatasetTraceOptions,
): Promise<DatasetIndex> {
  const { folder, shardPairs = DEFAULT_SHARD_PAIRS, onProgress } = options;
  if (!(Number.isSafeInteger(shardPairs) && shardPairs > 0)) {
    throw new InputError(`shardPairs is ${shardPairs}; it must be a positive integer.`);
  }
  const activations = selectActivations(options.names, model.config);
  assertPoolable(activations);
  let index = await openIndex(model, activations, { ...options, shardPairs });
  const before = index.shards;
  const pairsBefore = index.pairs;
  let first = 0;
  let place = 0;
  for await (const group of inGroups(pairs, shardPairs)) {
    const ids = group.map(({ id }, i) => id ?? first + i);
    const input_sha256 = hashPairs(group, ids);
    const done = before[place];
    if (done === undefined) {
      const file = `shard-${String(place).padStart(5, '0')}.safetensors`;
      await writeShard(model, path.join(folder, file), group, activations, options);
      const shard: DatasetShard = { file, first, pairs: group.length, ids, input_sha256 };
      index = { ...index, shards: [...index.shards, shard], pairs: first + group.length, complete: false };
      await writeIndex(folder, index);
    } else if (done.input_sha256 !== input_sha256) {
      throw new InputError(
        `${path.join(folder, done.file)} was made from other pairs than those of the input from pair ${first} on. Use ` +
          'the input of the first run, or another folder.',
      );
    }
    first += group.length;
    place += 1;
    onProgress?.({ pairs: first, pairsBefore: Math.min(first, pairsBefore) });
  }
  if (place < before.length) {
    throw new InputError(
      `${folder} holds ${pairsBefore} pairs but the input has only ${first}. Use the input of the first run, or ` +
        'another folder.',
    );
  }
  if (!index.complete) {
    index = { ...index, complete: true };
    await writeIndex(folder, index);
  }
  return index;
}

async function writeShard(
  model: Model,
  file: string,
  pairs: readonly DatasetPair[],
  activations: readonly Activation[],
  { names, pool: pooling, signal }: DatasetTraceOptions,
): Promise<void> {
  const pooled = new Map<string, Float32Array[]>(activations.map(({ name }) => [name, []]));
  for await (const { index, traced } of tracePairs(model, pairs, { names, signal })) {
    for (const activation of traced.activations.values()) {
      (pooled.get(activation.name) as Float32Array[])[index] = pool(activation, pooling);
    }
  }
  const arrays = Array.from(pooled, ([name, rows]) => ({ name, ...stack(rows) }));
  await writeWhole(file, encodeSafetensors(arrays));
}

/** Joins rows of one width to a matrix. */
function stack(rows: readonly Float32Array[]): { shape: number[]; data: Float32Array } {
  const width = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    data.set(row, i * width);
  }
  return { shape: [rows.length, width], data };
}

/** The index of the folder's run, or of a new one. */
async function openIndex(
  model: Model,
  activations: readonly Activation[],
  { folder, pool: pooling, shardPairs }: DatasetTraceOptions & { readonly shardPairs: number },
): Promise<DatasetIndex> {
  const { info } = model;
  const settings: DatasetSettings = {
    model: info.model,
    weights_sha256: await model.hashWeights(),
    backend: info.backend.name,
    dtype: info.dtype,
    max_length: info.maxLength,
    truncation: info.truncation,
    truncation_side: info.truncationSide,
    names: activations.map(({ name }) => name),
    pool: pooling,
    shard_pairs: shardPairs,
  };
  const found = await readIndex(path.join(folder, INDEX));
  if (found !== undefined) {
    assertSame(settings, found.settings, folder);
    return found;
  }
  // An empty pair will do, because pooled activations have the same width for every pair.
  const shapes = shapesOf({ query: '', document: '' }, [], settings.names, model.config).activations;
  return {
    format: 'tfjs-reranker pooled activations',
    version: 1,
    settings,
    activations: Array.from(shapes.values(), ({ name, shape }) => ({ name, shape: shape.slice(-1) })),
    shards: [],
    pairs: 0,
    complete: false,
  };
}

async function readIndex(file: string): Promise<DatasetIndex | undefined> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') {
      return undefined;
    }
    throw new InputError(`The file ${file} cannot be read: ${cause.message}`, { cause });
  });
  if (text === undefined) {
    return undefined;
  }
  try {
    const index = JSON.parse(text) as DatasetIndex;
    if (index.format === 'tfjs-reranker pooled activations' && index.version === 1) {
      return index;
    }
  } catch {
    // the error follows below
  }
  throw new InputError(`${file} is not the index of a traced data set. Give another folder.`);
}

function assertSame(now: DatasetSettings, then: DatasetSettings, folder: string): void {
  const changed = (Object.keys(now) as (keyof DatasetSettings)[]).filter(
    (key) => JSON.stringify(now[key]) !== JSON.stringify(then[key]),
  );
  if (changed.length > 0) {
    const told = changed.map((key) => `${key} was ${describe(then[key])} and is ${describe(now[key])}`);
    throw new InputError(
      `${folder} was started with other settings: ${told.join('; ')}. Use the same settings, or another folder.`,
    );
  }
}

function describe(value: unknown): string {
  return Array.isArray(value)
    ? `${value.length} activations (${value.slice(0, 2).join(', ')} …)`
    : String(value);
}

function hashPairs(pairs: readonly DatasetPair[], ids: readonly (string | number)[]): string {
  const hash = createHash('sha256');
  for (const [i, { query, document }] of pairs.entries()) {
    hash.update(`${JSON.stringify([ids[i], query, document])}\n`);
  }
  return hash.digest('hex');
}

async function* inGroups<T>(items: AsyncIterable<T> | Iterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length === size) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) {
    yield group;
  }
}

function writeIndex(folder: string, index: DatasetIndex): Promise<void> {
  return writeWhole(path.join(folder, INDEX), `${JSON.stringify(index, null, 1)}\n`);
}
