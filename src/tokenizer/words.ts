import type { AlignedText } from './aligned-text.js';
import { skipBlanks, skipNonBlanks } from './blanks.js';
import type { JsonField } from './json-field.js';
import { parsePattern } from './pattern.js';
import { PUNCTUATION, UNKNOWN } from './reference-unicode.js';
import { compileLiteral, type FindMatches, findAll } from './regex/oniguruma.js';
import { parseSplitBehavior, type SplitBehavior, splitBy } from './splitting.js';

/** Characters that `\w` matches in the reference's own (Rust) regular expressions, not those of a file: the inside of a class, flag `v`. */
export const WORD_CHARACTER = `[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d]--[${UNKNOWN}]`;

/** Cuts a normalized, non-empty stretch of text into words, which the model then divides into pieces. */
export interface WordSplitter {
  split(text: AlignedText): Iterable<AlignedText>;
}

/** The supported kinds, by their names in the file. */
const KINDS: Readonly<Record<string, (field: JsonField) => WordSplitter>> = {
  Metaspace: parseMetaspace,
  WhitespaceSplit: () => ({ split: splitAtBlanks }),
  Whitespace: () => splitting(findAll(WORDS_AND_SIGNS), 'Removed', true),
  Punctuation: parsePunctuation,
  Digits: parseDigits,
  Split: parseSplit,
  CharDelimiterSplit: (field) => splitting(compileLiteral(field.get('delimiter').string()), 'Removed'),
  Sequence: (field) => inSequence(field.get('pretokenizers').items().map(parseWordSplitter)),
};

const NAMES = Object.keys(KINDS);

const WORD = `[${WORD_CHARACTER}]`;
const WORDS_AND_SIGNS = new RegExp(`${WORD}+|[^${WORD}\\p{White_Space}]+`, 'gv');

/**
 * Reads `pre_tokenizer` of tokenizer.json, or none.
 *
 * @throws TokenizationError that names an unsupported kind
 */
export function parseWordSplitter(field: JsonField): WordSplitter {
  if (field.isNone) return { split: (text) => [text] };
  const type = field.get('type');
  const parse =
    typeof type.value === 'string' && Object.hasOwn(KINDS, type.value) ? KINDS[type.value] : undefined;
  if (parse === undefined) return type.fail(`must be one of ${NAMES.join(', ')} (others are not supported)`);
  return parse(field);
}

/** Each splitter divides every part that the one before it produced. */
function inSequence(splitters: readonly WordSplitter[]): WordSplitter {
  const [first = { split: (text: AlignedText) => [text] }, ...others] = splitters;
  return others.reduce<WordSplitter>(
    (before, next) => ({
      *split(text) {
        for (const part of before.split(text)) yield* next.split(part);
      },
    }),
    first,
  );
}

function splitting(find: FindMatches, behavior: SplitBehavior, invert = false): WordSplitter {
  return { split: (text) => splitBy(text, find(text.text), behavior, invert) };
}

function parseSplit(field: JsonField): WordSplitter {
  const behavior = parseSplitBehavior(field.get('behavior'));
  return splitting(parsePattern(field.get('pattern')), behavior, field.get('invert').boolean(false));
}

function parsePunctuation(field: JsonField): WordSplitter {
  const behavior = field.get('behavior');
  const find = findAll(new RegExp(`[${PUNCTUATION}]`, 'gu'));
  return splitting(find, behavior.isNone ? 'Isolated' : parseSplitBehavior(behavior));
}

function parseDigits(field: JsonField): WordSplitter {
  const alone = field.get('individual_digits').boolean(false);
  return splitting(findAll(/\p{N}/gu), alone ? 'Isolated' : 'Contiguous');
}

/**
 * Metaspace: every space becomes the mark `▁`, and words begin at the marks. A mark is put before the text unless it
 * begins with one (`prepend_scheme`: always, only at the beginning of the text, never).
 */
function parseMetaspace(field: JsonField): WordSplitter {
  const mark = field.get('replacement').string();
  if (mark.length !== 1) field.get('replacement').fail('must be one character');
  const scheme = parsePrependScheme(field);
  const cutAtMarks = field.get('split').boolean(true);
  return {
    *split(input) {
      const prepend = scheme === 'always' || (scheme === 'first' && input.opensText);
      // Mark and space have the same length, so the alignment stays valid.
      const text = input.withText(input.text.replaceAll(' ', mark));
      for (let from = 0; from < text.length; ) {
        const next = cutAtMarks ? text.text.indexOf(mark, from + 1) : -1;
        const to = next === -1 ? text.length : next;
        const word = text.slice(from, to);
        yield from === 0 && prepend && !word.text.startsWith(mark) ? word.withPrefix(mark) : word;
        from = to;
      }
    },
  };
}

function parsePrependScheme(field: JsonField): 'always' | 'first' | 'never' {
  const scheme = field.get('prepend_scheme');
  // Files older than `prepend_scheme` have `add_prefix_space` only.
  if (scheme.isNone) return field.get('add_prefix_space').boolean(true) ? 'always' : 'never';
  const { value } = scheme;
  if (value !== 'always' && value !== 'first' && value !== 'never') {
    return scheme.fail('must be always, first or never');
  }
  if (value !== 'never' && !field.get('add_prefix_space').boolean(true)) {
    scheme.fail('must be never, as add_prefix_space is false');
  }
  return value;
}

/** WhitespaceSplit: blanks only separate. */
function* splitAtBlanks(text: AlignedText): Generator<AlignedText> {
  let from = skipBlanks(text.text, 0);
  while (from < text.length) {
    const to = skipNonBlanks(text.text, from);
    yield text.slice(from, to);
    from = skipBlanks(text.text, to);
  }
}
