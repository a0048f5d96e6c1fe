import type { JsonField } from './json-field.js';

/** The end at which a text that is too long loses tokens. */
export type TruncationSide = 'left' | 'right';

/** Settings of tokenizer_config.json that tokenizer.json does not have. */
export interface TokenizerConfig {
  /** Undefined if it is absent or one of the huge numbers that mean "none". */
  readonly modelMaxLength: number | undefined;
  /** Undefined if it is absent. */
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
  // Absent, or a number such as 1e30, which is how the reference writes "no limit".
  if (field.isNone || field.number() > 2 ** 31) return undefined;
  if (field.number() === 0) field.fail('must be a positive integer');
  return field.index(2 ** 31 + 1);
}

function parseTruncationSide(field: JsonField): TruncationSide | undefined {
  if (field.isNone) return undefined;
  const { value } = field;
  return value === 'left' || value === 'right' ? value : field.fail('must be left or right');
}
