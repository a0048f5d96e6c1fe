import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ModelConfig, parseModelConfig } from '../config/model-config.js';
import { ConfigError, TokenizationError } from '../errors.js';
import { toTokenizerJson } from '../text/sentencepiece-tokenizer.js';
import { PairTokenizer } from '../text/tokenizer.js';

const TOKENIZER = 'tokenizer.json';
const SENTENCEPIECE_MODEL = 'sentencepiece.bpe.model';
const WHAT_BELONGS = 'A model folder has config.json, tokenizer.json and model.safetensors.';

type Fail = (message: string, cause?: unknown) => Error;

/** @throws ConfigError when config.json cannot be read or is not what this project runs. */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  const fail = (message: string, cause?: unknown) => new ConfigError(message, undefined, { cause });
  return parseModelConfig(await readJson(folder, 'config.json', fail), path.join(folder, 'config.json'));
}

/**
 * Reads tokenizer.json, or sentencepiece.bpe.model where that is all there is, and tokenizer_config.json where there is
 * one.
 *
 * @throws TokenizationError when a file cannot be read or is not what this project runs.
 */
export async function readTokenizer(folder: string): Promise<PairTokenizer> {
  const fail = (message: string, cause?: unknown) => new TokenizationError(message, { cause });
  const [tokenizer, tokenizerConfig] = await Promise.all([
    readJson(folder, TOKENIZER, fail, { optional: true }),
    readJson(folder, 'tokenizer_config.json', fail, { optional: true }),
  ]);
  if (tokenizer !== undefined) {
    return PairTokenizer.parse(tokenizer, tokenizerConfig, folder);
  }
  const model = path.join(folder, SENTENCEPIECE_MODEL);
  const bytes = await readOptional(model, fail);
  if (bytes === undefined) {
    throw fail(
      `${path.join(folder, TOKENIZER)} is missing, and ${SENTENCEPIECE_MODEL}, which would do as well. ${WHAT_BELONGS}`,
    );
  }
  return PairTokenizer.parse(toTokenizerJson(bytes, model), tokenizerConfig, folder);
}

/** The file's bytes, or nothing where it does not exist. */
async function readOptional(file: string, fail: Fail): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      return undefined;
    }
    throw fail(`${file} cannot be read: ${message}`, cause);
  }
}

async function readJson(
  folder: string,
  name: string,
  fail: Fail,
  { optional = false } = {},
): Promise<unknown> {
  const file = path.join(folder, name);
  const bytes = await readOptional(file, fail);
  if (bytes === undefined) {
    if (optional) {
      return undefined;
    }
    throw fail(`${file} is missing. ${WHAT_BELONGS}`);
  }
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw fail(`${file} is not JSON: ${(cause as Error).message}`, cause);
  }
}
