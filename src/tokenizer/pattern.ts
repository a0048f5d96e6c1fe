import type { JsonField } from './json-field.js';
import { UnsupportedPatternError } from './regex/character-set.js';
import { compileLiteral, compilePattern, type FindMatches } from './regex/oniguruma.js';

/**
 * Reads a `pattern`: `{"String": ...}`, which matches itself, or `{"Regex": ...}` in Oniguruma's language.
 *
 * @throws TokenizationError when the pattern is of another kind or not supported. The returned function throws one when
 *   a text needs too many steps
 */
export function parsePattern(field: JsonField): FindMatches {
  const literal = field.get('String');
  if (!literal.isNone) return compileLiteral(literal.string());
  const regex = field.get('Regex');
  try {
    return compilePattern(regex.string(), (steps, { length }) =>
      regex.fail(`must find its matches within ${steps} steps, and needs more for a text of ${length} units`),
    );
  } catch (error) {
    if (!(error instanceof UnsupportedPatternError)) throw error;
    return regex.fail(error.message);
  }
}
