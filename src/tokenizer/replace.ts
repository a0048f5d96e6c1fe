import type { AlignedText } from './aligned-text.js';
import type { JsonField } from './json-field.js';
import { parsePattern } from './pattern.js';
import type { FindMatches } from './regex/oniguruma.js';
import { type Normalizer, Rewriter } from './rewriter.js';

/**
 * Reads a `Replace` normalizer: `pattern` is `{"String": ...}` or `{"Regex": ...}`, and every match becomes `content`.
 * As in the reference, the content is aligned with the last character of the match. So if many blanks become one, its
 * span is the last of them. The content of an empty match is aligned with the character before it.
 *
 * @throws TokenizationError when the pattern is of another kind, or not supported
 */
export function parseReplace(field: JsonField): Normalizer {
  const find = parsePattern(field.get('pattern'));
  const content = field.get('content').string();
  return { normalize: (input) => replaceAll(input, find, content) };
}

function replaceAll(input: AlignedText, find: FindMatches, content: string): AlignedText {
  if (input.length === 0) return input;
  const output = new Rewriter(input);
  for (const { start, end } of find(input.text)) {
    output.skip(start, end);
    output.write(content, Math.max(0, end - 1), end);
  }
  return output.finish();
}
