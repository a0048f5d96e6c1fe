import type { AlignedText } from './aligned-text.js';
import { skipBlanks, skipNonBlanks } from './blanks.js';
import type { JsonField } from './json-field.js';

/** Cuts a normalized stretch of text into the words that the model divides into pieces, each for itself. */
export interface WordSplitter {
  /** @param opensText - the stretch stands at the very beginning of the original text */
  split(text: AlignedText, opensText: boolean): Iterable<AlignedText>;
}

/**
 * Reads `pre_tokenizer` of tokenizer.json: Metaspace, alone or in a Sequence after WhitespaceSplit.
 *
 * @throws TokenizationError that names an unsupported kind
 */
export function parseWordSplitter(field: JsonField): WordSplitter {
  if (field.get('type').value !== 'Sequence') return parseMetaspace(field);
  const [first, second, ...others] = field.get('pretokenizers').items();
  if (first === undefined) return field.get('pretokenizers').fail('must not be empty');
  if (second === undefined) return parseMetaspace(first);
  if (first.get('type').value !== 'WhitespaceSplit' || others.length > 0) {
    return field
      .get('pretokenizers')
      .fail('must be WhitespaceSplit and Metaspace (others are not supported)');
  }
  return afterBlankSplit(parseMetaspace(second));
}

/**
 * Metaspace: every space becomes the mark `▁`; a mark is put before the text unless it begins with one
 * (`prepend_scheme`: always, only at the beginning of the text, never); words begin at the marks.
 */
function parseMetaspace(field: JsonField): WordSplitter {
  const type = field.get('type');
  if (type.value !== 'Metaspace')
    type.fail('must be Metaspace, alone or after WhitespaceSplit (others are not supported)');
  const mark = field.get('replacement').string();
  if (mark.length !== 1) field.get('replacement').fail('must be one character');
  const scheme = parsePrependScheme(field);
  const cutAtMarks = field.get('split').boolean(true);
  return {
    *split(input, opensText) {
      const prepend = scheme === 'always' || (scheme === 'first' && opensText);
      // Mark and space have the same length, so that the alignment stays.
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
  if (value === 'always' || value === 'first' || value === 'never') return value;
  return scheme.fail('must be always, first or never');
}

/** WhitespaceSplit: blanks only separate; what stands between them is handed on, each part for itself. */
function afterBlankSplit(splitter: WordSplitter): WordSplitter {
  return {
    *split(input, opensText) {
      let from = skipBlanks(input.text, 0);
      while (from < input.length) {
        const to = skipNonBlanks(input.text, from);
        yield* splitter.split(input.slice(from, to), opensText && from === 0);
        from = skipBlanks(input.text, to);
      }
    },
  };
}
