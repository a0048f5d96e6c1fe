import type { AlignedText } from './aligned-text.js';
import type { JsonField } from './json-field.js';
import type { Normalizer } from './normalizer.js';
import { Rewriter } from './rewriter.js';

/**
 * Reads a `Replace` normalizer: `pattern` is `{"String": ...}` or `{"Regex": ...}`, every match of which becomes
 * `content`. As in the reference, the content stands for the last character of the match: of many blanks
 * that become one, it is the last blank that a span begins with.
 *
 * @throws TokenizationError when the pattern is of another kind, or no regular expression in JavaScript
 */
export function parseReplace(field: JsonField): Normalizer {
  const pattern = parsePattern(field.get('pattern'));
  const content = field.get('content').string();
  return { normalize: (input) => replaceAll(input, pattern, content) };
}

function parsePattern(field: JsonField): RegExp {
  const literal = field.get('String');
  if (!literal.isNone) return new RegExp(escapeRegExp(literal.string()), 'gu');
  const regex = field.get('Regex');
  try {
    return new RegExp(regex.string(), 'gu');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return regex.fail('must be a regular expression that JavaScript knows, too');
  }
}

function replaceAll(input: AlignedText, pattern: RegExp, content: string): AlignedText {
  const output = new Rewriter(input);
  for (const match of input.text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    if (end === match.index) continue;
    output.skip(match.index, end);
    output.write(content, end - 1, end);
  }
  return output.finish();
}

/** The regular expression that matches exactly `literal`. */
export function escapeRegExp(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
