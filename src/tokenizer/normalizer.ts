import type { AlignedText } from './aligned-text.js';
import { skipBlanks, skipBlanksBackward } from './blanks.js';
import { Charsmap } from './charsmap.js';
import type { JsonField } from './json-field.js';
import { parsePattern } from './pattern.js';
import { PrecompiledNormalizer } from './precompiled.js';
import { MARKS } from './reference-unicode.js';
import type { FindMatches } from './regex/oniguruma.js';
import { type Normalizer, Rewriter } from './rewriter.js';
import { type Form, toForm } from './unicode-form.js';

/** The supported kinds, by their names in the file. No character depends on its neighbours except where noted. */
const KINDS: Readonly<Record<string, (field: JsonField) => Normalizer>> = {
  Precompiled: (field) => new PrecompiledNormalizer(Charsmap.parse(field.get('precompiled_charsmap'))),
  Replace: parseReplace,
  Strip: parseStrip,
  // A capital sigma by itself becomes σ, never the ς at the end of a word.
  Lowercase: () => mapping(/\p{Changes_When_Lowercased}/gu, (character) => character.toLowerCase()),
  NFC: () => inForm('NFC'),
  NFD: () => inForm('NFD'),
  NFKC: () => inForm('NFKC'),
  NFKD: () => inForm('NFKD'),
  StripAccents: () => mapping(new RegExp(`[${MARKS}]`, 'gu'), () => ''),
  Nmt: () => mapping(NMT, (character) => (NMT_REMOVED.test(character) ? '' : ' ')),
  Prepend: parsePrepend,
  Sequence: (field) => inSequence(field.get('normalizers').items().map(parseNormalizer)),
};

const NAMES = Object.keys(KINDS);

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes
const NMT_REMOVED = /^[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]$/;
const NMT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes, and those that become a space
  /[\x01-\x1f\x7f\x8f\x9f\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g;

/**
 * Reads `normalizer` of tokenizer.json, which may be absent.
 *
 * @throws TokenizationError that names an unsupported kind
 */
export function parseNormalizer(field: JsonField): Normalizer {
  if (field.isNone) return { normalize: (input) => input };
  const type = field.get('type');
  const parse =
    typeof type.value === 'string' && Object.hasOwn(KINDS, type.value) ? KINDS[type.value] : undefined;
  if (parse === undefined) return type.fail(`must be one of ${NAMES.join(', ')} (others are not supported)`);
  return parse(field);
}

function inSequence(normalizers: readonly Normalizer[]): Normalizer {
  return {
    normalize: (input) => normalizers.reduce((text, normalizer) => normalizer.normalize(text), input),
  };
}

function inForm(form: Form): Normalizer {
  return { normalize: (input) => toForm(input, form) };
}

/** Replaces each character that `pattern` matches by what `map` returns. */
function mapping(pattern: RegExp, map: (character: string) => string): Normalizer {
  return {
    normalize(input) {
      const output = new Rewriter(input);
      for (const { 0: character, index } of input.text.matchAll(pattern)) {
        const end = index + character.length;
        output.skip(index, end);
        output.write(map(character), index, end);
      }
      return output.finish();
    },
  };
}

/**
 * Reads a `Replace` normalizer: `pattern` is `{"String": ...}` or `{"Regex": ...}`, and every match becomes `content`.
 * As in the reference, the content is aligned with the last character of the match. So if many blanks become one, its
 * span is the last of them. The content of an empty match is aligned with the character before it.
 *
 * @throws TokenizationError when the pattern is of another kind, or not supported
 */
function parseReplace(field: JsonField): Normalizer {
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

/** `Strip`: removes blanks at the beginning and at the end of the stretch. */
function parseStrip(field: JsonField): Normalizer {
  const left = field.get('strip_left').boolean(false);
  const right = field.get('strip_right').boolean(false);
  return {
    normalize(input) {
      const start = left ? skipBlanks(input.text, 0) : 0;
      const end = right ? skipBlanksBackward(input.text, input.length, start) : input.length;
      return input.slice(start, end);
    },
  };
}

/** `Prepend`: the prefix of a non-empty text is aligned with its first character. */
function parsePrepend(field: JsonField): Normalizer {
  const prefix = field.get('prepend').string();
  return { normalize: (input) => (input.length === 0 ? input : input.withPrefix(prefix)) };
}
