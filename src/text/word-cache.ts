import type { BestPath } from './best-path.js';

const LARGEST_WORD = 32;
const MOST_WORDS = 20_000;

/** Remembers the ids of short words: texts repeat their words. */
export class WordCache {
  readonly #known = new Map<string, readonly number[]>();
  readonly #paths: BestPath;

  constructor(paths: BestPath) {
    this.#paths = paths;
  }

  ids(word: string): readonly number[] {
    if (word.length > LARGEST_WORD) return this.#paths.ids(word);
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    const ids = this.#paths.ids(word);
    if (this.#known.size >= MOST_WORDS) this.#known.clear();
    this.#known.set(word, ids);
    return ids;
  }
}
