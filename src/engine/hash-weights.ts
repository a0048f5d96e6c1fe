import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { hashFile } from '../hub/fingerprint.js';

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
