import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isFile } from './cache.js';
import { INDEX_FILE, readShards, SINGLE_FILE, TOKENIZER_FILES } from './model-files.js';

/** The files from which a model is loaded. @throws HubError for an invalid index */
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
async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}

/**
 * The sha256 of a model's weights, in hexadecimal: of model.safetensors, as the hub shows it, or, of a checkpoint in
 * shards, of their names and sums as `sha256sum *.safetensors` prints them.
 */
export async function hashWeights(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.safetensors')).sort();
  if (names.includes(SINGLE_FILE)) {
    return hashFile(path.join(folder, SINGLE_FILE));
  }
  const hash = createHash('sha256');
  for (const name of names) {
    hash.update(`${await hashFile(path.join(folder, name))}  ${name}\n`);
  }
  return hash.digest('hex');
}
