import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

const SINGLE_FILE = 'model.safetensors';

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

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}
