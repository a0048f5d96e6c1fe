import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeText } from '../encoding/text-encoding.js';
import { ConfigError, InputError, TokenizationError } from '../errors/errors.js';
import { type ModelConfig, parseModelConfig } from '../model/config/model-config.js';
import { toTokenizerJson } from '../tokenizer/sentencepiece-tokenizer.js';
import { PairTokenizer } from '../tokenizer/tokenizer.js';
import { describePointer } from '../weights/format/lfs-pointer.js';
import { TOKENIZER_FILES } from './model-files.js';

const WHAT_BELONGS = 'A model folder has config.json, tokenizer.json and model.safetensors.';

/** Path of a file of a model, or undefined if it does not exist. Default: in the model's folder, under its name. */
export type Locate = (name: string) => string | undefined;

/** Config and tokenizer: everything that turns texts into the model's input. */
export interface ModelDescription {
  readonly config: ModelConfig;
  readonly tokenizer: PairTokenizer;
}

type Fail = (message: string, cause?: unknown) => Error;

/**
 * Reads config and tokenizer of a model, and checks that they belong together.
 *
 * @param folder the model's folder; with `locate`, the model's name in messages
 * @throws ConfigError, TokenizationError if a file cannot be read or is not supported.
 */
export async function readModel(folder: string, locate?: Locate): Promise<ModelDescription> {
  const config = await readModelConfig(folder, locate);
  const tokenizer = await readTokenizer(folder, locate);
  if (tokenizer.vocabSize > config.vocabSize) {
    throw new ConfigError(
      `${folder}: the tokenizer has ids up to ${tokenizer.vocabSize - 1}, config.json a vocab_size of ` +
        `${config.vocabSize}. Tokenizer and config are not of the same model.`,
      'vocab_size',
    );
  }
  return { config, tokenizer };
}

/** @throws ConfigError if config.json cannot be read or is not supported. */
export async function readModelConfig(folder: string, locate = inFolder(folder)): Promise<ModelConfig> {
  const fail = (message: string, cause?: unknown) => new ConfigError(message, undefined, { cause });
  const source = path.join(folder, 'config.json');
  const json = await readJson(source, locate('config.json'), fail);
  if (json === undefined) throw fail(`${source} is missing. ${WHAT_BELONGS}`);
  return parseModelConfig(json, source);
}

/**
 * Reads tokenizer.json, or sentencepiece.bpe.model if there is nothing else, and tokenizer_config.json if it exists.
 *
 * @throws TokenizationError if a file cannot be read or is not supported.
 */
export async function readTokenizer(folder: string, locate = inFolder(folder)): Promise<PairTokenizer> {
  const fail = (message: string, cause?: unknown) => new TokenizationError(message, { cause });
  const read = (name: string) => readJson(path.join(folder, name), locate(name), fail);
  const [tokenizer, tokenizerConfig] = await Promise.all([
    read(TOKENIZER_FILES.whole),
    read(TOKENIZER_FILES.config),
  ]);
  if (tokenizer !== undefined) {
    return PairTokenizer.parse(tokenizer, tokenizerConfig, folder);
  }
  const pieces = path.join(folder, TOKENIZER_FILES.pieces);
  const bytes = await readOptional(pieces, locate(TOKENIZER_FILES.pieces), fail);
  if (bytes === undefined) {
    throw fail(
      `${path.join(folder, TOKENIZER_FILES.whole)} is missing, and so is ${TOKENIZER_FILES.pieces}, which would be enough. ${WHAT_BELONGS}`,
    );
  }
  return PairTokenizer.parse(toTokenizerJson(bytes, pieces), tokenizerConfig, folder);
}

function inFolder(folder: string): Locate {
  return (name) => path.join(folder, name);
}

/** The file's bytes, or undefined if it does not exist. @param source its name in messages */
async function readOptional(
  source: string,
  file: string | undefined,
  fail: Fail,
): Promise<Buffer | undefined> {
  if (file === undefined) {
    return undefined;
  }
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      return undefined;
    }
    throw fail(`${source} cannot be read: ${message}`, cause);
  }
  const pointer = describePointer(bytes);
  if (pointer !== undefined) {
    throw fail(`${source} ${pointer}`);
  }
  return bytes;
}

async function readJson(source: string, file: string | undefined, fail: Fail): Promise<unknown> {
  const bytes = await readOptional(source, file, fail);
  if (bytes === undefined) {
    return undefined;
  }
  try {
    return JSON.parse(decodeText(bytes, source));
  } catch (cause) {
    const { message } = cause as Error;
    throw fail(cause instanceof InputError ? message : `${source} is not JSON: ${message}`, cause);
  }
}
