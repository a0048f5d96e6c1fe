import type { JsonField } from './json-field.js';
import { TooManyStepsError } from './regex/backtracker.js';
import { UnsupportedPatternError } from './regex/character-set.js';
import { compileLiteral, compilePattern, type FindMatches } from './regex/oniguruma.js';

/**
 * Reads a `pattern`: `{"String": ...}`, which stands for itself, or `{"Regex": ...}`, of Oniguruma's language.
 *
 * @throws TokenizationError when the pattern is of another kind or not run here; from what is returned, when a text
 *   makes it try too much
 */
export function parsePattern(field: JsonField): FindMatches {
  const literal = field.get('String');
  if (!literal.isNone) return compileLiteral(literal.string());
  const regex = field.get('Regex');
  try {
    return bounded(compilePattern(regex.string()), regex);
  } catch (error) {
    if (!(error instanceof UnsupportedPatternError)) throw error;
    return regex.fail(error.message);
  }
}

function bounded(find: FindMatches, field: JsonField): FindMatches {
  return function* matches(text) {
    try {
      yield* find(text);
    } catch (error) {
      if (!(error instanceof TooManyStepsError)) throw error;
      field.fail(
        `must find its matches within ${error.steps} steps, and needs more for a text of ${text.length} units`,
      );
    }
  };
}
