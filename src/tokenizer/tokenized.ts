/** The tokens of one text, without the special tokens of a pair. All arrays have one entry per token. */
export interface TokenizedText {
  readonly ids: Int32Array;
  /** The normalized text of each token. A run of characters without a piece is one token, with its own text. */
  readonly pieces: readonly string[];
  /** Where each token begins in the original text, in UTF-16 units. */
  readonly starts: Int32Array;
  /** Where each token ends in the original text, in UTF-16 units. */
  readonly ends: Int32Array;
}

/** A query and a document as one sequence for the model, after truncation. */
export interface TokenizedPair {
  /** `<s> query </s></s> document </s>`. */
  readonly inputIds: Int32Array;
  /** Tokens of the query in `inputIds`. */
  readonly queryTokens: number;
  /** Tokens of the document in `inputIds`. */
  readonly documentTokens: number;
  /** Tokens that were cut from the query. */
  readonly queryTokensCut: number;
  /** Tokens that were cut from the document. */
  readonly documentTokensCut: number;
}

/** A range of a text's tokens: from `start`, before `end`. */
export interface TokenRange {
  readonly start: number;
  readonly end: number;
}

/** The ranges of both texts that a pair consists of. */
export interface KeptRanges {
  readonly query: TokenRange;
  readonly document: TokenRange;
}

/** A token with its piece and place, for display. */
export interface PlacedToken {
  readonly id: number;
  readonly piece: string;
  /** The text that it belongs to; `special` for the pair template's tokens (a special token written in a text belongs to the text). */
  readonly part: 'query' | 'document' | 'special';
  /** Place in its text, in UTF-16 units: `text.slice(start, end)`. Both 0 for `special`. */
  readonly start: number;
  readonly end: number;
}

/** A pair with everything that is known about its tokens. */
export interface PlacedPair extends TokenizedPair {
  /** One for each of `inputIds`, in the same order. */
  readonly tokens: readonly PlacedToken[];
  /** Tokens that were cut from the query. */
  readonly queryCut: readonly PlacedToken[];
  /** Tokens that were cut from the document. */
  readonly documentCut: readonly PlacedToken[];
}
