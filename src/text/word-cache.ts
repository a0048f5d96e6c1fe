import { bestPath, type Piece, type Vocabulary } from './best-path.js';

const LARGEST_WORD = 32;
const MOST_WORDS = 20_000;

/** Divides words into pieces and remembers the short ones: texts repeat their words. */
export class WordCache {
  readonly #known = new Map<string, readonly Piece[]>();
  readonly #vocabulary: Vocabulary;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  pieces(word: string): readonly Piece[] {
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    const pieces = bestPath(word, this.#vocabulary);
    if (word.length <= LARGEST_WORD) {
      if (this.#known.size >= MOST_WORDS) this.#known.clear();
      this.#known.set(word, pieces);
    }
    return pieces;
  }
}
