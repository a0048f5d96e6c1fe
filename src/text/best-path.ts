import type { UnigramVocabulary } from './vocabulary.js';

/** Words up to this many UTF-16 units share one working memory (256 KB); a longer one gets and frees its own. */
const SHARED_UNITS = 1 << 14;

/** A piece of a word. */
export interface Piece {
  readonly id: number;
  readonly text: string;
}

/**
 * Divides words into the pieces with the highest sum of log probabilities (Viterbi, in float64 and from left to
 * right as in the reference; of equal sums the one found first). Neighbouring unknown characters become one piece.
 *
 * It keeps three numbers a unit, so that a word of a million letters is nothing special.
 */
export class BestPath {
  readonly #vocabulary: UnigramVocabulary;
  // Of the best path that ends before a unit: its score, and its last piece's begin and id.
  #scores = new Float64Array(0);
  #begins = new Int32Array(0);
  #ids = new Int32Array(0);

  constructor(vocabulary: UnigramVocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** The ids of the pieces of `word`. */
  ids(word: string): number[] {
    this.#search(word);
    const { unknownId } = this.#vocabulary;
    const found: number[] = [];
    let previous = -1;
    for (let end = word.length; end > 0; end = this.#begins[end] ?? 0) {
      const id = this.#ids[end] ?? unknownId;
      if (id !== unknownId || previous !== unknownId) found.push(id);
      previous = id;
    }
    return found.reverse();
  }

  /** The pieces of `word` with their text. */
  pieces(word: string): Piece[] {
    const ids = this.ids(word);
    const { unknownId } = this.#vocabulary;
    let end = word.length;
    return ids
      .reverse()
      .map((id) => {
        const last = end;
        do end = this.#begins[end] ?? 0;
        while (id === unknownId && end > 0 && this.#ids[end] === unknownId);
        return { id, text: word.slice(end, last) };
      })
      .reverse();
  }

  #search(word: string): void {
    const { length } = word;
    const { pieces, scores: pieceScores, unknownId, unknownScore } = this.#vocabulary;
    this.#reserve(length + 1);
    const scores = this.#scores;
    const begins = this.#begins;
    const ids = this.#ids;
    scores.fill(Number.NEGATIVE_INFINITY, 1, length + 1);
    for (let begin = 0, next = 0; begin < length; begin = next) {
      next = begin + ((word.codePointAt(begin) ?? 0) > 0xffff ? 2 : 1);
      const before = scores[begin] ?? 0;
      let node = pieces.root;
      let known = false;
      for (let end = begin; end < length; ) {
        node = pieces.child(node, word.charCodeAt(end++));
        if (node === pieces.nothing) break;
        const id = pieces.idAt(node);
        if (id === pieces.nothing) continue;
        known ||= end === next;
        const score = before + (pieceScores[id] ?? unknownScore);
        if (score > (scores[end] ?? 0)) {
          scores[end] = score;
          begins[end] = begin;
          ids[end] = id;
        }
      }
      const score = before + unknownScore;
      if (!known && score > (scores[next] ?? 0)) {
        scores[next] = score;
        begins[next] = begin;
        ids[next] = unknownId;
      }
    }
  }

  #reserve(units: number): void {
    const capacity = Math.max(units, SHARED_UNITS);
    if (this.#scores.length === capacity) return;
    this.#scores = new Float64Array(capacity);
    this.#begins = new Int32Array(capacity);
    this.#ids = new Int32Array(capacity);
  }
}
