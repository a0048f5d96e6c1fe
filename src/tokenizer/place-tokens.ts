import type { PairTemplate, SpecialToken } from './pair-template.js';
import type { KeptRanges, PlacedPair, PlacedToken, TokenizedText } from './tokenized.js';

/** Describes a pair made of these ranges of both texts: each token with its place, and the tokens that were cut. */
export function placeTokens(
  texts: { readonly query: TokenizedText; readonly document: TokenizedText },
  kept: KeptRanges,
  template: PairTemplate,
): PlacedPair {
  const query = placeText(texts.query, 'query');
  const document = placeText(texts.document, 'document');
  const keptQuery = query.slice(kept.query.start, kept.query.end);
  const keptDocument = document.slice(kept.document.start, kept.document.end);
  const queryCut = [...query.slice(0, kept.query.start), ...query.slice(kept.query.end)];
  const documentCut = [...document.slice(0, kept.document.start), ...document.slice(kept.document.end)];
  const tokens = [
    ...template.before.map(placeSpecial),
    ...keptQuery,
    ...template.between.map(placeSpecial),
    ...keptDocument,
    ...template.after.map(placeSpecial),
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

function placeText(text: TokenizedText, part: 'query' | 'document'): PlacedToken[] {
  return text.pieces.map((piece, index) => ({
    id: text.ids[index] ?? 0,
    piece,
    part,
    start: text.starts[index] ?? 0,
    end: text.ends[index] ?? 0,
  }));
}

function placeSpecial({ id, piece }: SpecialToken): PlacedToken {
  return { id, piece, part: 'special', start: 0, end: 0 };
}
