import { type AlignedText, AlignedTextBuilder } from './aligned-text.js';
import type { Charsmap } from './charsmap.js';
import { nextGrapheme } from './graphemes.js';
import type { Normalizer } from './normalizer.js';

/** The reference looks a grapheme up as a whole only when it is shorter than this in UTF-8. */
const WHOLE_LOOKUP_BYTES = 6;

/**
 * SentencePiece's normalization by table, as Python's `tokenizers` applies it: grapheme by grapheme, a short
 * grapheme first as a whole, else each of its characters. A character without a rule stays.
 *
 * Alignment: the characters of a replacement stand for the replaced characters one by one; surplus new ones
 * stand for the last of these; surplus old ones are covered by no token (`e` + U+0301 -> `é` stands for the `e`).
 */
export class PrecompiledNormalizer implements Normalizer {
  readonly #charsmap: Charsmap;
  /** By code unit: the replacement of a character of the basic plane, null for none; filled when first met. */
  readonly #replacements: (string | null | undefined)[] = new Array(0x1_0000).fill(undefined);

  constructor(charsmap: Charsmap) {
    this.#charsmap = charsmap;
  }

  normalize(input: AlignedText): AlignedText {
    const { text } = input;
    const output = new RuleWriter(input);
    let at = 0;
    while (at < text.length) {
      const { start, end } = nextGrapheme(text, at) ?? { start: text.length, end: text.length };
      this.#normalizeCharacters(at, start, output);
      this.#normalizeGrapheme(start, end, output);
      at = end;
    }
    return output.finish();
  }

  #normalizeGrapheme(start: number, end: number, output: RuleWriter): void {
    const { text } = output.source;
    const whole = isShorterInUtf8(text, start, end, WHOLE_LOOKUP_BYTES)
      ? this.#charsmap.lookup(text.slice(start, end))
      : undefined;
    if (whole === undefined) this.#normalizeCharacters(start, end, output);
    else output.replace(start, end, whole);
  }

  #normalizeCharacters(from: number, to: number, output: RuleWriter): void {
    const { text } = output.source;
    for (let at = from; at < to; ) {
      const code = text.codePointAt(at) ?? 0;
      const end = at + (code > 0xffff ? 2 : 1);
      const replacement =
        code > 0xffff ? this.#charsmap.lookup(text.slice(at, end)) : this.#replacementOf(code);
      if (replacement !== null && replacement !== undefined) output.replace(at, end, replacement);
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

/** Builds the output: replacements are announced from left to right, what lies between them is copied. */
class RuleWriter {
  readonly #builder: AlignedTextBuilder;
  #copied = 0;

  constructor(readonly source: AlignedText) {
    this.#builder = new AlignedTextBuilder(source.length);
  }

  replace(from: number, to: number, replacement: string): void {
    this.#builder.copy(this.source, this.#copied, from);
    this.#copied = to;
    let old = from;
    for (const character of replacement) {
      this.#builder.append(character, this.source.starts[old] ?? 0, this.source.ends[old] ?? 0);
      const next = old + ((this.source.text.codePointAt(old) ?? 0) > 0xffff ? 2 : 1);
      if (next < to) old = next;
    }
  }

  finish(): AlignedText {
    if (this.#copied === 0) return this.source;
    this.#builder.copy(this.source, this.#copied, this.source.length);
    return this.#builder.build();
  }
}

function isShorterInUtf8(text: string, start: number, end: number, limit: number): boolean {
  // A UTF-16 unit takes at least one byte, so that a longer stretch needs no counting.
  if (end - start >= limit) return false;
  let bytes = 0;
  for (const character of text.slice(start, end)) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes < limit;
}
