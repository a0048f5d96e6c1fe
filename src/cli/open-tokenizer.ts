import type { ModelConfig } from '../config/model-config.js';
import { InputError } from '../errors.js';
import type { PairTokenizer } from '../text/tokenizer.js';
import type { Truncation } from '../text/truncation.js';
import type { CommonOptions } from './options.js';

/** A model without its weights: what says how pairs become tokens. */
export interface OpenTokenizer {
  readonly config: ModelConfig;
  readonly tokenizer: PairTokenizer;
  readonly limits: { readonly maxLength: number; readonly truncation: Truncation };
}

/**
 * Reads a model's configuration and tokenizer: no weights, no backend.
 *
 * @throws InputError when the maximal length is beyond the model's; ConfigError, TokenizationError: the folder.
 */
export async function openTokenizer({ model, maxLength, truncation }: CommonOptions): Promise<OpenTokenizer> {
  const { readModelConfig, readTokenizer } = await import('../reranker/model-files.js');
  const { resolveModelFolder } = await import('../hub/resolve.js');
  const folder = await resolveModelFolder(model);
  const config = await readModelConfig(folder);
  const tokenizer = await readTokenizer(folder);
  const limit = config.maxSequenceLength;
  const length = maxLength ?? Math.min(tokenizer.modelMaxLength ?? limit, limit);
  if (length > limit) {
    throw new InputError(`The maximal length is ${length}; this model has positions for ${limit} tokens.`);
  }
  return { config, tokenizer, limits: { maxLength: length, truncation } };
}
