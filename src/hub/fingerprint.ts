import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Checkpoint, type CheckpointEntry, openCheckpoint } from '../weights/checkpoint.js';
import { isFile } from './cache.js';
import { INDEX_FILE, readShards, SINGLE_FILE, TOKENIZER_FILES } from './model-files.js';

/** What tells one model from another. */
export interface Fingerprint {
  /** sha256 in hexadecimal by file name: config, tokenizer, weights. */
  readonly files: Readonly<Record<string, string>>;
  /** By tensor: `F32 [768, 768] HEX`, the sha256 of its bytes. */
  readonly tensors: Readonly<Record<string, string>>;
}

/** Bytes of a tensor that are read at a time: an embedding table has a gigabyte. */
const CHUNK = 2 ** 24;

/** The files that a model is loaded from. @throws HubError for an index that is none */
export async function listModelFiles(folder: string): Promise<{ small: string[]; weights: string[] }> {
  const there = async (names: readonly string[]): Promise<string[]> => {
    const found = await Promise.all(names.map((name) => isFile(path.join(folder, name))));
    return names.filter((_, i) => found[i]);
  };
  const small = await there(['config.json', ...Object.values(TOKENIZER_FILES)]);
  const [weights = INDEX_FILE] = await there([SINGLE_FILE, INDEX_FILE]);
  if (weights === SINGLE_FILE) return { small, weights: [weights] };
  return { small, weights: [weights, ...(await readShards(path.join(folder, weights), folder))] };
}

/** sha256 of files, by name. */
export async function hashFiles(folder: string, names: readonly string[]): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of [...names].sort()) hashes[name] = await hashFile(path.join(folder, name));
  return hashes;
}

/** sha256 of a file, in hexadecimal. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}

/**
 * dtype, shape and sha256 of every tensor, by name.
 *
 * @throws WeightNotFoundError, WeightFormatError for weights that cannot be read.
 */
export async function hashTensors(folder: string): Promise<Record<string, string>> {
  const checkpoint = await openCheckpoint(folder);
  try {
    const hashes: Record<string, string> = {};
    for (const name of [...checkpoint.entries.keys()].sort())
      hashes[name] = await hashTensor(checkpoint, name);
    return hashes;
  } finally {
    await checkpoint.close();
  }
}

async function hashTensor(checkpoint: Checkpoint, name: string): Promise<string> {
  const { dtype, shape, byteLength } = checkpoint.entries.get(name) as CheckpointEntry;
  const hash = createHash('sha256');
  for (let start = 0; start < byteLength; start += CHUNK) {
    hash.update(await checkpoint.read(name, { start, length: Math.min(CHUNK, byteLength - start) }));
  }
  return `${dtype} [${shape.join(', ')}] ${hash.digest('hex')}`;
}

/** Everything of a model folder. */
export async function fingerprint(folder: string): Promise<Fingerprint> {
  const { small, weights } = await listModelFiles(folder);
  const tensors = await hashTensors(folder); // first: it says best what is wrong with the weights
  return { files: await hashFiles(folder, [...small, ...weights]), tensors };
}
