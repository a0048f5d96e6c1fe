import type { AlignedText } from './aligned-text.js';
import type { JsonField } from './json-field.js';
import { parsePattern } from './pattern.js';
import type { FindMatches } from './regex/oniguruma.js';
import { type Normalizer, Rewriter } from './rewriter.js';

/**
 * Reads a `Replace` normalizer: `pattern` is `{"String": ...}` or `{"Regex": ...}`, every match of which becomes
 * `content`. As in the reference, the content stands for the last character of the match: of many blanks
 * that become one, it is the last blank that a span begins with. Where the match is empty it stands for the character
 * before it.
 *
 * @throws TokenizationError when the pattern is of another kind, or one that is not run
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
