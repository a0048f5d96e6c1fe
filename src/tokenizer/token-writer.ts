import type { AlignedText, TokenSpan } from './aligned-text.js';
import type { Piece } from './best-path.js';
import type { TrimOptions } from './pair-template.js';
import type { TokenizedText } from './tokenized.js';
import { trimSpan } from './trim-span.js';

/** Collects the tokens of a text from left to right. */
export class TokenWriter {
  readonly #ids: number[] = [];
  readonly #pieces: string[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #trims: readonly TrimOptions[];

  constructor(trims: readonly TrimOptions[]) {
    this.#trims = trims;
  }

  /** @param written the token as written in the text, with the blanks that it includes */
  add(id: number, piece: string, span: TokenSpan, written = piece): void {
    const isFirst = this.#ids.length === 0;
    const { start, end } = this.#trims.reduce((whole, trim) => trimSpan(written, whole, isFirst, trim), span);
    this.#ids.push(id);
    this.#pieces.push(piece);
    this.#starts.push(start);
    this.#ends.push(end);
  }

  /** Adds a word whose pieces follow each other without a gap. */
  addWord(word: AlignedText, pieces: readonly Piece[]): void {
    let from = 0;
    for (const { id, text } of pieces) {
      this.add(id, text, word.span(from, from + text.length));
      from += text.length;
    }
  }

  finish(): TokenizedText {
    return {
      ids: Int32Array.from(this.#ids),
      pieces: this.#pieces,
      starts: Int32Array.from(this.#starts),
      ends: Int32Array.from(this.#ends),
    };
  }
}
