import type { PairTemplate, SpecialToken } from './pair-template.js';
import type { ExplainedPair, ExplainedToken, KeptRanges, TokenizedText } from './tokenized.js';

/** A pair of these tokens of both texts: what each is and where it comes from, and what was left out. */
export function explainTokens(
  texts: { readonly query: TokenizedText; readonly document: TokenizedText },
  kept: KeptRanges,
  template: PairTemplate,
): ExplainedPair {
  const query = explainText(texts.query, 'query');
  const document = explainText(texts.document, 'document');
  const keptQuery = query.slice(kept.query.start, kept.query.end);
  const keptDocument = document.slice(kept.document.start, kept.document.end);
  const queryCut = [...query.slice(0, kept.query.start), ...query.slice(kept.query.end)];
  const documentCut = [...document.slice(0, kept.document.start), ...document.slice(kept.document.end)];
  const tokens = [
    ...template.before.map(explainSpecial),
    ...keptQuery,
    ...template.between.map(explainSpecial),
    ...keptDocument,
    ...template.after.map(explainSpecial),
  ];
  return {
    inputIds: Int32Array.from(tokens, ({ id }) => id),
    queryTokens: keptQuery.length,
    documentTokens: keptDocument.length,
    queryTokensCut: queryCut.length,
    documentTokensCut: documentCut.length,
    tokens,
    queryCut,
    documentCut,
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
