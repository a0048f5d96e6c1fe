import type { BestPath } from './best-path.js';

/** In UTF-16 units. Longer words rarely occur twice, and no piece of this family's vocabulary is longer. */
const LONGEST_WORD = 16;
/** Takes at most 6 MB, with made-up words of many pieces. A full cache is emptied. */
const MOST_WORDS = 20_000;

/** Remembers the ids of short words. Texts repeat their words, so this makes English three times as fast. */
export class WordCache {
  readonly #known = new Map<string, readonly number[]>();
  readonly #paths: BestPath;

  constructor(paths: BestPath) {
    this.#paths = paths;
  }

  /** The ids of the pieces of `word`. */
  ids(word: string): readonly number[] {
    if (word.length > LONGEST_WORD) return this.#paths.ids(word);
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    const ids = this.#paths.ids(word);
    if (this.#known.size >= MOST_WORDS) this.#known.clear();
    this.#known.set(word, ids);
    return ids;
  }
}
