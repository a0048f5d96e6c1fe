import { readFile } from 'node:fs/promises';
import { HubError, WeightFormatError } from '../errors/errors.js';
import { parseShardIndex } from '../weights/format/shard-index.js';

/** The weights in one file. */
export const SINGLE_FILE = 'model.safetensors';
/** Says which file has which tensor, if the weights are in several files. */
export const INDEX_FILE = 'model.safetensors.index.json';

/** The files of a tokenizer; a repository has some of them. */
export const TOKENIZER_FILES = {
  whole: 'tokenizer.json',
  config: 'tokenizer_config.json',
  specialTokens: 'special_tokens_map.json',
  pieces: 'sentencepiece.bpe.model',
} as const;

/** Files needed besides the weights; no others are downloaded. */
const SMALL_FILES: readonly string[] = ['config.json', ...Object.values(TOKENIZER_FILES)];

/** Whether a file of a repository may be downloaded: config, tokenizer, index of shards, weights. */
export function isModelFile(name: string): boolean {
  return SMALL_FILES.includes(name) || /^[^/]+\.safetensors(\.index\.json)?$/.test(name);
}

/** Names of the files to download from a repository. */
export interface WantedFiles {
  /** Config and tokenizer, and the index of shards. */
  readonly small: readonly string[];
  /** The single file of weights; undefined if the index names shards. */
  readonly weights: typeof SINGLE_FILE | undefined;
}

/**
 * Chooses the files that a model needs.
 *
 * @param names all files of the repository
 * @throws HubError 'unusable' if it has no config, no tokenizer, or no weights in safetensors.
 */
export function chooseFiles(names: ReadonlySet<string>, model: string): WantedFiles {
  const fail = (message: string): never => {
    throw new HubError(`${model} ${message}`, 'unusable');
  };
  if (!names.has('config.json')) fail('has no config.json, so it is no model that runs here.');
  if (!names.has(TOKENIZER_FILES.whole) && !names.has(TOKENIZER_FILES.pieces)) {
    fail(
      `has neither ${TOKENIZER_FILES.whole} nor ${TOKENIZER_FILES.pieces}. Save its tokenizer with transformers: ` +
        'AutoTokenizer.from_pretrained(ID).save_pretrained(FOLDER), and use a folder that has all files.',
    );
  }
  const single = names.has(SINGLE_FILE);
  if (!single && !names.has(INDEX_FILE)) fail(describeLack(names, model));
  const small = SMALL_FILES.filter((name) => names.has(name));
  return single ? { small, weights: SINGLE_FILE } : { small: [...small, INDEX_FILE], weights: undefined };
}

/** How to get safetensors for a model that has none. */
function describeLack(names: ReadonlySet<string>, model: string): string {
  const pickled = [...names].filter((name) => /^pytorch_model.*\.bin$/.test(name));
  if (pickled.length === 0) return `has neither ${SINGLE_FILE} nor ${INDEX_FILE}: no weights that run here.`;
  const [id] = model.split('@');
  return (
    `has only ${pickled[0]}. A .bin file is a pickle, which runs code when it is read; it is never read here. Convert it once:\n` +
    `python3 -c "from transformers import AutoModelForSequenceClassification as M, AutoTokenizer as T; ` +
    `[c.from_pretrained('${id}').save_pretrained('FOLDER') for c in (M, T)]"  and use --model FOLDER.\n` +
    'Often a pull request of the model on the hub has it converted: --model ' +
    `${id}@refs/pr/1, or the number shown on its page.`
  );
}

/**
 * The shards that an index names.
 *
 * @throws HubError 'unusable' if it is no index, or names something else than a shard: a name must not lead out of the
 * snapshot.
 */
export async function readShards(index: string, name: string): Promise<string[]> {
  try {
    const shards = [...new Set(parseShardIndex(await readFile(index), name).values())];
    const odd = shards.find((shard) => !shard.endsWith('.safetensors'));
    if (odd !== undefined) throw new HubError(`${name} names ${JSON.stringify(odd)} as a shard.`, 'unusable');
    return shards;
  } catch (cause) {
    throw cause instanceof WeightFormatError ? new HubError(cause.message, 'unusable', { cause }) : cause;
  }
}
