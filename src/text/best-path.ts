/** What the search needs to know of a Unigram vocabulary. */
export interface Vocabulary {
  /** The pieces that `characters` has at `start`, shortest first. */
  piecesAt(characters: readonly string[], start: number): Iterable<VocabularyPiece>;
  /** Stands for characters that no piece covers. */
  readonly unknownId: number;
  /** Log probability of one unknown character. */
  readonly unknownScore: number;
}

/** An entry of the vocabulary. */
export interface VocabularyPiece {
  readonly id: number;
  /** In characters (code points). */
  readonly length: number;
  /** Log probability. */
  readonly score: number;
}

/** A piece of a word. */
export interface Piece {
  readonly id: number;
  readonly text: string;
}

/**
 * The division of `word` into pieces with the highest sum of log probabilities (Viterbi, in float64 and from left
 * to right as in the reference; of equal sums the one found first). Neighbouring unknown characters become one
 * piece.
 *
 * It keeps three numbers a character, where the lattice of `@huggingface/tokenizers` keeps an object for every
 * piece that occurs (1.7 GB for a word of a million letters).
 */
export function bestPath(word: string, vocabulary: Vocabulary): Piece[] {
  const characters = Array.from(word);
  const { length } = characters;
  // Of the best path that ends before a character: its score, and its last piece's begin and id.
  const scores = new Float64Array(length + 1);
  const begins = new Int32Array(length + 1).fill(-1);
  const ids = new Int32Array(length + 1);
  const offer = (begin: number, end: number, id: number, score: number): void => {
    const total = score + (scores[begin] ?? 0);
    if (begins[end] !== -1 && total <= (scores[end] ?? 0)) return;
    scores[end] = total;
    begins[end] = begin;
    ids[end] = id;
  };
  for (let begin = 0; begin < length; begin++) {
    let known = false;
    for (const piece of vocabulary.piecesAt(characters, begin)) {
      offer(begin, begin + piece.length, piece.id, piece.score);
      known ||= piece.length === 1;
    }
    if (!known) offer(begin, begin + 1, vocabulary.unknownId, vocabulary.unknownScore);
  }
  return readBackward(characters, begins, ids, vocabulary.unknownId);
}

function readBackward(
  characters: readonly string[],
  begins: Int32Array,
  ids: Int32Array,
  unknownId: number,
): Piece[] {
  const pieces: Piece[] = [];
  for (let end = characters.length; end > 0; ) {
    const id = ids[end] ?? unknownId;
    let begin = begins[end] ?? 0;
    while (id === unknownId && begin > 0 && ids[begin] === unknownId) begin = begins[begin] ?? 0;
    pieces.push({ id, text: characters.slice(begin, end).join('') });
    end = begin;
  }
  return pieces.reverse();
}
