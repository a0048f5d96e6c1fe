/** How relevant documents are, by query and document: 1 and more is relevant, 0 and less is not. */
export type Qrels = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What a system has found, by query and document: the score; larger is better. */
export type Run = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * The documents of a query in trec_eval's order: the largest score first; of equal scores the largest id, as the bytes
 * of UTF-8 compare.
 */
export function rankDocuments(scores: ReadonlyMap<string, number>): string[] {
  return [...scores].sort(([a, x], [b, y]) => y - x || compareAsUtf8(b, a)).map(([document]) => document);
}

/** Compares strings as the bytes of UTF-8 do. JavaScript's own order differs for characters beyond U+FFFF. */
function compareAsUtf8(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = orderOf(a.charCodeAt(i)) - orderOf(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Halves of characters beyond U+FFFF come after all other characters. */
function orderOf(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff ? codeUnit + 0x2800 : codeUnit;
}
