/**
 * At most so many tokens are in a text, without tokenizing it: every token covers a byte of the normalized text, and
 * one may stand for the blank that is put before it. Three to four times the truth in plain English.
 *
 * @param limit the largest answer: what is longer is cut anyway.
 */
export function boundTokens(text: string, limit: number): number {
  if (text.length >= limit) {
    return limit;
  }
  // Normalization makes some signs longer, such as a ligature that is a whole phrase, and composes others.
  const bytes = Math.max(Buffer.byteLength(text), Buffer.byteLength(text.normalize('NFKC')));
  return Math.min(bytes + 1, limit);
}
