import type { AlignedText } from './aligned-text.js';
import { Charsmap } from './charsmap.js';
import type { JsonField } from './json-field.js';
import { PrecompiledNormalizer } from './precompiled.js';
import { parseReplace } from './replace.js';

/** Rewrites a text and keeps track of where everything came from. */
export interface Normalizer {
  normalize(input: AlignedText): AlignedText;
}

/**
 * Reads `normalizer` of tokenizer.json: Precompiled, Replace, a Sequence of these, or none.
 *
 * @throws TokenizationError that names an unsupported kind
 */
export function parseNormalizer(field: JsonField): Normalizer {
  if (field.isNone) return { normalize: (input) => input };
  switch (field.get('type').value) {
    case 'Precompiled':
      return new PrecompiledNormalizer(Charsmap.parse(field.get('precompiled_charsmap')));
    case 'Replace':
      return parseReplace(field);
    case 'Sequence':
      return inSequence(field.get('normalizers').items().map(parseNormalizer));
    default:
      return field.get('type').fail('must be Precompiled, Replace or Sequence (others are not supported)');
  }
}

function inSequence(normalizers: readonly Normalizer[]): Normalizer {
  return {
    normalize: (input) => normalizers.reduce((text, normalizer) => normalizer.normalize(text), input),
  };
}
