import { type OnigurumaAst, parse } from 'oniguruma-parser/parser';
import { Backtracker, type GiveUp, type Match } from './backtracker.js';
import { UnsupportedPatternError } from './character-set.js';
import { compile } from './compile.js';
import { toNative } from './native.js';

/** In UTF-16 units. The longest known pattern in a tokenizer.json has some 400. */
const LONGEST_PATTERN = 2000;

/** Finds all matches in a text without overlap. A match is left out if it is empty and at the end of the one before. */
export type FindMatches = (text: string) => Iterable<Match>;

/**
 * A regular expression in the language of Oniguruma, Python `tokenizers`' engine: `\w`, `\s`, `\d` know Unicode, `^` and
 * `$` are those of lines. Time is bounded: patterns that backtrack are run by the {@link Backtracker}, which counts.
 *
 * @param giveUp - called when a search takes too long; it throws
 * @throws UnsupportedPatternError for an invalid or unsupported expression
 */
export function compilePattern(pattern: string, giveUp: GiveUp): FindMatches {
  if (pattern.length > LONGEST_PATTERN) {
    throw new UnsupportedPatternError(`must be no longer than ${LONGEST_PATTERN} characters`);
  }
  const tree = parsePattern(pattern);
  const native = toNative(tree);
  if (native !== undefined) return findAll(native);
  const backtracker = new Backtracker(compile(tree), giveUp);
  return (text) => backtracker.matches(text);
}

/** Finds a literal text. */
export function compileLiteral(literal: string): FindMatches {
  return findAll(new RegExp(escapeRegExp(literal), 'gu'));
}

/** Finds the matches of a JavaScript expression with the flag `g`. */
export function findAll(pattern: RegExp): FindMatches {
  return (text) => matchesOf(pattern, text);
}

/** The regular expression that matches exactly `literal`. */
export function escapeRegExp(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function parsePattern(pattern: string): OnigurumaAst {
  try {
    return parse(pattern, { rules: { captureGroup: true }, skipPropertyNameValidation: true });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new UnsupportedPatternError(`must be a regular expression of Oniguruma (${error.message})`);
  }
}

function* matchesOf(pattern: RegExp, text: string): Generator<Match> {
  let lastEnd = -1;
  for (const { 0: match, index: start } of text.matchAll(pattern)) {
    const end = start + match.length;
    if (start === end && start === lastEnd) continue;
    yield { start, end };
    lastEnd = end;
  }
}
