import type { JsonField } from './json-field.js';

/** Which end of a text loses tokens when there are too many. */
export type TruncationSide = 'left' | 'right';

/** What tokenizer_config.json says that tokenizer.json does not. */
export interface TokenizerConfig {
  /** Undefined when it is absent or one of the huge numbers that mean "none". */
  readonly modelMaxLength: number | undefined;
  /** Undefined when it is absent. */
  readonly truncationSide: TruncationSide | undefined;
}

/**
 * Reads tokenizer_config.json, which may be absent.
 *
 * @throws TokenizationError that names the field
 */
export function parseTokenizerConfig(file: JsonField): TokenizerConfig {
  if (file.isNone) return { modelMaxLength: undefined, truncationSide: undefined };
  return {
    modelMaxLength: parseModelMaxLength(file.get('model_max_length')),
    truncationSide: parseTruncationSide(file.get('truncation_side')),
  };
}

function parseModelMaxLength(field: JsonField): number | undefined {
  // Absent, or 1e30 and the like: the reference's way of writing "no limit".
  if (field.isNone || field.number() > 2 ** 31) return undefined;
  if (field.number() === 0) field.fail('must be a positive integer');
  return field.index(2 ** 31 + 1);
}

function parseTruncationSide(field: JsonField): TruncationSide | undefined {
  if (field.isNone) return undefined;
  const { value } = field;
  return value === 'left' || value === 'right' ? value : field.fail('must be left or right');
}
