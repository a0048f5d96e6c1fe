import { isBlank } from './blanks.js';
import type { TrimOptions } from './pair-template.js';
import type { TokenizedText } from './tokenized.js';

/** How byte-level vocabularies write a space; the reference looks for it in all vocabularies. */
const BYTE_LEVEL_SPACE = 'Ġ';

/** Leaves the blanks at the ends of tokens out of their spans, as RobertaProcessing asks for with `trim_offsets`. */
export function trimSpans(tokens: TokenizedText, { addPrefixSpace }: TrimOptions): TokenizedText {
  const { pieces } = tokens;
  const starts = Int32Array.from(tokens.starts);
  const ends = Int32Array.from(tokens.ends);
  for (const [index, piece] of pieces.entries()) {
    const [start = 0, end = 0] = [starts[index], ends[index]];
    let leading = 0;
    while (leading < piece.length && isSpace(piece, leading)) leading++;
    let trailing = 0;
    while (trailing < piece.length && isSpace(piece, piece.length - 1 - trailing)) trailing++;
    const mayBePutThere = addPrefixSpace && leading === 1 && (index === 0 || start === 0);
    if (!mayBePutThere) starts[index] = Math.min(start + leading, end);
    if (end >= trailing) ends[index] = Math.max(end - trailing, starts[index] ?? 0);
  }
  return { ...tokens, starts, ends };
}

function isSpace(text: string, at: number): boolean {
  return text[at] === BYTE_LEVEL_SPACE || isBlank(text, at);
}
