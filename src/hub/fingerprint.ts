import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isFile } from './cache.js';
import { INDEX_FILE, readShards, SINGLE_FILE, TOKENIZER_FILES } from './model-files.js';

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
