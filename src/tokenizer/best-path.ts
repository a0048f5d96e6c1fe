import { NONE } from './piece-trie.js';
import type { UnigramVocabulary } from './vocabulary.js';

/** Words of up to this many UTF-16 units share one working memory (256 KB); a longer word gets its own. */
const SHARED_UNITS = 1 << 14;

/** A piece of a word. */
export interface Piece {
  readonly id: number;
  readonly text: string;
}

/**
 * Divides words into the pieces with the highest sum of log probabilities (Viterbi, in float64 and from left to right
 * as in the reference; of equal sums the first one found wins). Neighbouring unknown characters become one piece.
 *
 * It keeps three numbers per unit, so a word of a million letters is no problem.
 */
export class BestPath {
  readonly #vocabulary: UnigramVocabulary;
  // For the best path that ends before each unit: its score, and the start and id of its last piece.
  #scores = new Float64Array(0);
  #begins = new Int32Array(0);
  #ids = new Int32Array(0);

  constructor(vocabulary: UnigramVocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** The ids of the pieces of `word`, from left to right. */
  ids(word: string): number[] {
    this.#search(word);
    const ids: number[] = [];
    for (let end = word.length; end > 0; end = this.#beginOfPiece(end)) ids.push(this.#ids[end] ?? NONE);
    return ids.reverse();
  }

  /** The pieces of `word` with their text, from left to right. */
  pieces(word: string): Piece[] {
    this.#search(word);
    const pieces: Piece[] = [];
    for (let end = word.length; end > 0; ) {
      const begin = this.#beginOfPiece(end);
      pieces.push({ id: this.#ids[end] ?? NONE, text: word.slice(begin, end) });
      end = begin;
    }
    return pieces.reverse();
  }

  /** Start of the piece of the best path that ends at `end`; neighbouring unknown characters are joined. */
  #beginOfPiece(end: number): number {
    const { unknownId } = this.#vocabulary;
    let begin = this.#begins[end] ?? 0;
    if (this.#ids[end] !== unknownId) return begin;
    while (begin > 0 && this.#ids[begin] === unknownId) begin = this.#begins[begin] ?? 0;
    return begin;
  }

  #search(word: string): void {
    const { length } = word;
    const { pieces, scores: pieceScores, unknownId, unknownScore } = this.#vocabulary;
    this.#reserve(length + 1);
    const scores = this.#scores.fill(Number.NEGATIVE_INFINITY, 1, length + 1);
    // Steps by whole characters: both halves of a surrogate pair are one.
    for (let begin = 0, next = 0; begin < length; begin = next) {
      next = begin + ((word.codePointAt(begin) ?? 0) > 0xffff ? 2 : 1);
      const before = scores[begin] ?? 0;
      let known = false;
      let node = pieces.root;
      for (let end = begin; end < length; ) {
        node = pieces.child(node, word.charCodeAt(end++));
        if (node === NONE) break;
        const id = pieces.idAt(node);
        if (id === NONE) continue;
        this.#offer(begin, end, id, before + (pieceScores[id] ?? 0));
        known ||= end === next;
      }
      if (!known) this.#offer(begin, next, unknownId, before + unknownScore);
    }
  }

  /** Records the piece from `begin` to `end`, unless a path with the same or a higher sum ends there already. */
  #offer(begin: number, end: number, id: number, score: number): void {
    if (score <= (this.#scores[end] ?? 0)) return;
    this.#scores[end] = score;
    this.#begins[end] = begin;
    this.#ids[end] = id;
  }

  #reserve(units: number): void {
    const capacity = Math.max(units, SHARED_UNITS);
    if (this.#scores.length === capacity) return;
    this.#scores = new Float64Array(capacity);
    this.#begins = new Int32Array(capacity);
    this.#ids = new Int32Array(capacity);
  }
}
