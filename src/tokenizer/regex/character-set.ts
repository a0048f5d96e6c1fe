import type { CharacterClassElementNode, CharacterSetNode } from 'oniguruma-parser/parser';
import { UNKNOWN } from '../reference-unicode.js';

/** A pattern that this project does not support; the message completes "the pattern ...". */
export class UnsupportedPatternError extends Error {}

/** The flags that (?i) and (?m) have switched on. */
export interface Modifiers {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
}

/** The characters of `\w` inside brackets. Not all of `\p{N}` is in it: `①` is not. */
const WORD = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]';
/** The characters of `\w` outside of brackets. Oniguruma has another table for Latin-1 there, with ², ¼ and others. */
const LONE_WORD = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u{b2}\\u{b3}\\u{b9}\\u{bc}-\\u{be}]';
const GRAPH = '[[\\P{White_Space}&&\\P{Cc}]&&[\\P{Cn}&&\\P{Cs}]]';

/** The characters between which `\b` makes a difference. */
export const BOUNDARY_WORD = known(LONE_WORD);

/** POSIX brackets, `[[:alpha:]]`, in Unicode. Properties of these names mean the same unless JavaScript knows them. */
const POSIX: Readonly<Record<string, string>> = {
  alnum: '[\\p{Alphabetic}\\p{Nd}]',
  alpha: '\\p{Alphabetic}',
  ascii: '\\p{ASCII}',
  blank: '[\\p{Zs}\\t]',
  cntrl: '\\p{Cc}',
  digit: '\\p{Nd}',
  graph: GRAPH,
  lower: '\\p{Lowercase}',
  print: `[${GRAPH}\\p{Zs}]`,
  punct: '[\\p{P}\\p{S}]',
  space: '\\p{White_Space}',
  upper: '\\p{Uppercase}',
  word: WORD,
  xdigit: '\\p{ASCII_Hex_Digit}',
};

/** Properties that unassigned characters have. */
const OTHERS = /^(?:Cn?|Other|Unassigned)$/;

/** The characters of one element inside brackets, in JavaScript's syntax for brackets with the flag `v`. */
function toSetSource(node: CharacterClassElementNode, modifiers: Modifiers): string {
  switch (node.type) {
    case 'Character':
      return characterSource(node.value, modifiers);
    case 'CharacterClassRange':
      return `${characterSource(node.min.value, modifiers)}-${characterSource(node.max.value, modifiers)}`;
    case 'CharacterSet':
      return negated(namedSetSource(node, modifiers), node.negate === true);
    case 'CharacterClass': {
      const parts = node.body.map((part) => toSetSource(part, modifiers));
      const inner =
        node.kind === 'intersection' ? parts.map((part) => `[${part}]`).join('&&') : parts.join('');
      return `[${node.negate ? '^' : ''}${inner}]`;
    }
  }
}

/** The same for an element outside of brackets. */
export function toSingleSource(node: CharacterClassElementNode, modifiers: Modifiers): string {
  const isWord = node.type === 'CharacterSet' && node.kind === 'word';
  return isWord ? negated(known(LONE_WORD), node.negate === true) : toSetSource(node, modifiers);
}

function characterSource(code: number, { ignoreCase }: Modifiers): string {
  const character = String.fromCodePoint(code);
  // `ß` equals `ss` to Oniguruma, but not to JavaScript.
  const equalsSeveral = /[ẞİ]/u.test(character) || character.toUpperCase().length > character.length;
  if (ignoreCase && equalsSeveral) {
    throw new UnsupportedPatternError(
      `must not ignore the case of ${character}, which then equals several characters`,
    );
  }
  return `\\u{${code.toString(16)}}`;
}

function negated(source: string, negate: boolean): string {
  return negate ? `[^${source}]` : source;
}

function namedSetSource(node: CharacterSetNode, { dotAll }: Modifiers): string {
  switch (node.kind) {
    case 'any':
      return '\\p{Any}';
    case 'digit':
      return known('\\p{Nd}');
    case 'dot':
      return dotAll ? '\\p{Any}' : '[^\\n]';
    case 'hex':
      return '\\p{ASCII_Hex_Digit}';
    case 'newline':
      return '\\n';
    case 'posix':
      return known(POSIX[node.value] ?? unknownName(node.value));
    case 'property':
      return propertySource(node.value);
    case 'space':
      return '\\p{White_Space}';
    case 'word':
      return known(WORD);
    default:
      throw new UnsupportedPatternError('must not use \\X (grapheme clusters are not supported)');
  }
}

/** A general category, a binary property or a script. Case, spaces, `-` and `_` between words are ignored. */
function propertySource(name: string): string {
  const words = name.split(/[\s_-]+/);
  const titled = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()).join('_');
  for (const candidate of [name, titled, name.toUpperCase()]) {
    for (const source of [`\\p{${candidate}}`, `\\p{Script=${candidate}}`]) {
      if (!isRegExp(`[${source}]`)) continue;
      return OTHERS.test(candidate) ? `[${source}${UNKNOWN}]` : known(source);
    }
  }
  return known(POSIX[name.toLowerCase()] ?? unknownName(name));
}

/** Removes the characters that are too new for the reference, whatever version of Unicode this engine has. */
function known(source: string): string {
  return `[[${source}]--[${UNKNOWN}]]`;
}

function isRegExp(source: string): boolean {
  try {
    return new RegExp(source, 'v') instanceof RegExp;
  } catch {
    return false;
  }
}

function unknownName(name: string): never {
  throw new UnsupportedPatternError(`must not use the class ${name}, which is not known here`);
}

/** Tells whether a character is in a set. The answer is computed once for each character of the basic plane. */
export class CharacterSet {
  readonly #pattern: RegExp;
  /** By code: 0 unknown, 1 no, 2 yes. */
  readonly #known = new Uint8Array(0x1_0000);

  /** @param source - of {@link toSetSource} */
  constructor(source: string, ignoreCase: boolean) {
    this.#pattern = new RegExp(`[${source}]`, ignoreCase ? 'iv' : 'v');
  }

  has(code: number): boolean {
    if (code > 0xffff) return this.#test(code);
    if (this.#known[code] === 0) this.#known[code] = this.#test(code) ? 2 : 1;
    return this.#known[code] === 2;
  }

  #test(code: number): boolean {
    return this.#pattern.test(String.fromCodePoint(code));
  }
}
