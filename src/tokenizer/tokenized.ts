/** The tokens of one text, without the special tokens of a pair. All arrays have one entry a token. */
export interface TokenizedText {
  readonly ids: Int32Array;
  /** The normalized text of each token; a run of characters without a piece is one token, with its own text. */
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
  /** Tokens that truncation took from the query. */
  readonly queryTokensCut: number;
  /** Tokens that truncation took from the document. */
  readonly documentTokensCut: number;
}

/** Tokens of a text: from `start`, before `end`. */
export interface TokenRange {
  readonly start: number;
  readonly end: number;
}

/** Which tokens of both texts a pair is made of. */
export interface KeptRanges {
  readonly query: TokenRange;
  readonly document: TokenRange;
}

/** A token made for eyes. */
export interface ExplainedToken {
  readonly id: number;
  readonly piece: string;
  /** The text that it belongs to; `special` for what the pair template adds (a special token written in a text is of that text). */
  readonly part: 'query' | 'document' | 'special';
  /** In its text, UTF-16 units: `text.slice(start, end)`. Both 0 for `special`. */
  readonly start: number;
  readonly end: number;
}

/** A pair with everything that can be said about its tokens. */
export interface ExplainedPair extends TokenizedPair {
  /** One for each of `inputIds`, in their order. */
  readonly tokens: readonly ExplainedToken[];
  /** What truncation took from the query. */
  readonly queryCut: readonly ExplainedToken[];
  /** What truncation took from the document. */
  readonly documentCut: readonly ExplainedToken[];
}
