import type { ModelInfo } from '../engine/types.js';
import { InputError } from '../errors/errors.js';
import type { ModelConfig } from '../model/config/model-config.js';
import type { PairTokenizer } from '../tokenizer/tokenizer.js';
import type { Io } from './io/io.js';
import { Reporter } from './io/reporter.js';
import { resolveModelFor } from './load.js';
import { LOCK_FILE, type TokenOptions } from './options.js';

/** A model without its weights: enough to turn pairs into tokens. */
export interface OpenTokenizer {
  readonly config: ModelConfig;
  readonly tokenizer: PairTokenizer;
  readonly limits: Pick<ModelInfo, 'maxLength' | 'truncation' | 'truncationSide'>;
}

/**
 * Reads a model's configuration and tokenizer, without weights or backend.
 *
 * @throws InputError if the maximal length exceeds the model's; ConfigError or TokenizationError for a bad folder.
 */
export async function openTokenizer(options: TokenOptions, io: Io): Promise<OpenTokenizer> {
  const { maxLength, truncation, truncationSide } = options;
  const { readModel } = await import('../hub/read-model.js');
  const resolved = await resolveModelFor(options, io, new Reporter(io, options.quiet));
  if (options.locked) {
    const { assertLocked } = await import('../hub/lock-file.js');
    await assertLocked(LOCK_FILE, resolved, 'tokenizer');
  }
  const { config, tokenizer } = await readModel(resolved.folder);
  const limit = config.maxSequenceLength;
  const length = maxLength ?? Math.min(tokenizer.modelMaxLength ?? limit, limit);
  if (length > limit) {
    throw new InputError(
      `The maximal length is ${length}; this model has positions for only ${limit} tokens.`,
    );
  }
  const side = truncationSide ?? tokenizer.truncationSide ?? 'right';
  return { config, tokenizer, limits: { maxLength: length, truncation, truncationSide: side } };
}
