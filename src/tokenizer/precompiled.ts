import type { AlignedText } from './aligned-text.js';
import type { Charsmap } from './charsmap.js';
import { nextGrapheme } from './graphemes.js';
import { type Normalizer, Rewriter } from './rewriter.js';

/** The reference looks up a grapheme as a whole only if it is shorter than this in UTF-8. */
const WHOLE_LOOKUP_BYTES = 6;

/**
 * SentencePiece's normalization by table, as Python's `tokenizers` applies it: grapheme by grapheme, a short grapheme
 * first as a whole, else each of its characters. A character without a rule stays.
 *
 * Alignment: the characters of a replacement are aligned with the replaced characters one by one. Surplus new ones are
 * aligned with the last of these; surplus old ones belong to no token (`e` + U+0301 -> `é` is aligned with the `e`).
 */
export class PrecompiledNormalizer implements Normalizer {
  readonly #charsmap: Charsmap;
  /** By code unit: the replacement of a character of the basic plane, null for none. Filled on first use. */
  readonly #replacements: (string | null | undefined)[] = new Array(0x1_0000).fill(undefined);

  constructor(charsmap: Charsmap) {
    this.#charsmap = charsmap;
  }

  normalize(input: AlignedText): AlignedText {
    const { text } = input;
    const output = new Rewriter(input);
    let at = 0;
    while (at < text.length) {
      const { start, end } = nextGrapheme(text, at) ?? { start: text.length, end: text.length };
      this.#normalizeCharacters(text, at, start, output);
      this.#normalizeGrapheme(text, start, end, output);
      at = end;
    }
    // If characters are removed at the beginning, the reference counts the next one as the first.
    return output.finish().countedFrom(input);
  }

  #normalizeGrapheme(text: string, start: number, end: number, output: Rewriter): void {
    const whole = isShorterInUtf8(text, start, end, WHOLE_LOOKUP_BYTES)
      ? this.#charsmap.lookup(text.slice(start, end))
      : undefined;
    if (whole === undefined) this.#normalizeCharacters(text, start, end, output);
    else replace(text, start, end, whole, output);
  }

  #normalizeCharacters(text: string, from: number, to: number, output: Rewriter): void {
    for (let at = from; at < to; ) {
      const code = text.codePointAt(at) ?? 0;
      const end = at + (code > 0xffff ? 2 : 1);
      const replacement =
        code > 0xffff ? this.#charsmap.lookup(text.slice(at, end)) : this.#replacementOf(code);
      if (replacement !== null && replacement !== undefined) replace(text, at, end, replacement, output);
      at = end;
    }
  }

  #replacementOf(code: number): string | null {
    let replacement = this.#replacements[code];
    if (replacement === undefined) {
      replacement = this.#charsmap.lookup(String.fromCharCode(code)) ?? null;
      this.#replacements[code] = replacement;
    }
    return replacement;
  }
}

/** Replaces the source's units `from` to `to` by `replacement`, character by character. */
function replace(source: string, from: number, to: number, replacement: string, output: Rewriter): void {
  output.skip(from, to);
  let old = from;
  for (const character of replacement) {
    const next = old + lengthAt(source, old);
    output.write(character, old, next);
    if (next < to) old = next;
  }
}

/** Length of the character at `at`, in UTF-16 units. */
function lengthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function isShorterInUtf8(text: string, start: number, end: number, limit: number): boolean {
  // A UTF-16 unit takes at least one byte, so a longer stretch needs no counting.
  if (end - start >= limit) return false;
  let bytes = 0;
  for (const character of text.slice(start, end)) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes < limit;
}
