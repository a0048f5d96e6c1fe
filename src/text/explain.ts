import type { PairTemplate, SpecialToken } from './pair-template.js';
import type { ExplainedPair, ExplainedToken, TokenizedPair, TokenizedText } from './tokenized.js';

/** Adds to a pair what each of its tokens is and where it comes from, and what was cut. */
export function explainTokens(
  pair: TokenizedPair,
  texts: { readonly query: TokenizedText; readonly document: TokenizedText },
  template: PairTemplate,
): ExplainedPair {
  const query = explainText(texts.query, 'query');
  const document = explainText(texts.document, 'document');
  return {
    ...pair,
    tokens: [
      ...template.before.map(explainSpecial),
      ...query.slice(0, pair.queryTokens),
      ...template.between.map(explainSpecial),
      ...document.slice(0, pair.documentTokens),
      ...template.after.map(explainSpecial),
    ],
    queryCut: query.slice(pair.queryTokens),
    documentCut: document.slice(pair.documentTokens),
  };
}

function explainText(text: TokenizedText, part: 'query' | 'document'): ExplainedToken[] {
  return text.pieces.map((piece, index) => ({
    id: text.ids[index] ?? 0,
    piece,
    part,
    start: text.starts[index] ?? 0,
    end: text.ends[index] ?? 0,
  }));
}

function explainSpecial({ id, piece }: SpecialToken): ExplainedToken {
  return { id, piece, part: 'special', start: 0, end: 0 };
}
