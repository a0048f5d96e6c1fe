import { quote } from '../../errors/quote.js';
import { scanKeys } from './json-keys.js';
import { broken, isPlainObject } from './tensor-entry.js';

/** `metadata` may have any form; `weight_map` has a key for each tensor. */
const LIMITS = { maxDepth: 16, maxNodes: 1_000_000 } as const;

/**
 * Reads a `model.safetensors.index.json`, which says which shard has which tensor.
 *
 * @param bytes the whole file
 * @param file its name, for messages
 * @returns file name of the shard by tensor name, in the order of the file
 * @throws WeightFormatError if it is no such index, names a tensor twice, or a shard is not a plain file name
 */
export function parseShardIndex(bytes: Uint8Array, file: string): ReadonlyMap<string, string> {
  let text: string;
  let index: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const scan = scanKeys(text, LIMITS);
    if (scan.problem !== undefined) throw broken(file, scan.problem);
    index = JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof TypeError) {
      throw broken(file, 'is not valid JSON in UTF-8', cause);
    }
    throw cause;
  }
  const weightMap = isPlainObject(index)
    ? new Map<string, unknown>(Object.entries(index)).get('weight_map')
    : undefined;
  if (!isPlainObject(weightMap)) {
    throw broken(file, `has ${quote(weightMap)} as "weight_map"; expected an object from tensor to shard`);
  }
  const shards = new Map<string, string>();
  for (const [name, shard] of Object.entries(weightMap)) {
    if (!isPlainFileName(shard)) {
      throw broken(
        file,
        `puts tensor ${quote(name)} into ${quote(shard)}; expected the name of a file in the same folder`,
      );
    }
    shards.set(name, shard);
  }
  if (shards.size === 0) throw broken(file, 'has an empty "weight_map"');
  return shards;
}

/** Whether this is a plain file name on every system: no path, and no name that leaves the folder. */
function isPlainFileName(value: unknown): value is string {
  return typeof value === 'string' && /^[^/\\:\0]+$/.test(value) && value !== '.' && value !== '..';
}
