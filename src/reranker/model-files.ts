import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ModelConfig, parseModelConfig } from '../config/model-config.js';
import { ConfigError, TokenizationError } from '../errors.js';
import { PairTokenizer } from '../text/tokenizer.js';

/** @throws ConfigError when config.json cannot be read or is not what this project runs. */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  const fail = (message: string, cause?: unknown) => new ConfigError(message, undefined, { cause });
  return parseModelConfig(await readJson(folder, 'config.json', fail), path.join(folder, 'config.json'));
}

/**
 * Reads tokenizer.json, and tokenizer_config.json where there is one.
 *
 * @throws TokenizationError when a file cannot be read or is not what this project runs.
 */
export async function readTokenizer(folder: string): Promise<PairTokenizer> {
  const fail = (message: string, cause?: unknown) => new TokenizationError(message, { cause });
  const [tokenizer, tokenizerConfig] = await Promise.all([
    readJson(folder, 'tokenizer.json', fail),
    readJson(folder, 'tokenizer_config.json', fail, { optional: true }),
  ]);
  return PairTokenizer.parse(tokenizer, tokenizerConfig, folder);
}

async function readJson(
  folder: string,
  name: string,
  fail: (message: string, cause?: unknown) => Error,
  { optional = false } = {},
): Promise<unknown> {
  const file = path.join(folder, name);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      if (optional) {
        return undefined;
      }
      throw fail(`${file} is missing. A model folder has config.json, tokenizer.json and model.safetensors.`);
    }
    throw fail(`${file} cannot be read: ${message}`, cause);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fail(`${file} is not JSON: ${(cause as Error).message}`, cause);
  }
}
