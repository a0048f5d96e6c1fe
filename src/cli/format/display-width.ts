const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** First and last code points that terminals draw two columns wide: East Asian Wide and Fullwidth, in blocks. */
const WIDE = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x17000, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x20000, 0x3fffd],
] as const;

const EMOJI = /^\p{Emoji_Presentation}|\ufe0f/u;
const INVISIBLE = /^[\p{Mark}\p{Cf}\u200b]+$/u;
const ASCII = /^[ -~]*$/;

/** Columns that a terminal needs for a text without control characters. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) {
    return text.length;
  }
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += graphemeWidth(segment);
  }
  return width;
}

/** The beginning of a text that fits into so many columns, with `…` where something was cut; never half a character. */
export function cutToWidth(text: string, columns: number): string {
  // However long the document is, only its beginning is looked at: no terminal is that wide.
  const beginning = text.slice(0, 16 * columns + 16).replace(/[\ud800-\udbff]$/, '');
  let kept = '';
  let width = 0;
  let keptWithEllipsis = '';
  for (const { segment } of graphemes.segment(beginning)) {
    width += graphemeWidth(segment);
    if (width > columns) {
      return `${keptWithEllipsis}…`;
    }
    kept += segment;
    if (width < columns) {
      keptWithEllipsis = kept;
    }
  }
  return beginning.length < text.length ? `${keptWithEllipsis}…` : kept;
}

/** A text with spaces behind it, up to so many columns. */
export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}

function graphemeWidth(grapheme: string): number {
  const code = grapheme.codePointAt(0) ?? 0;
  if (code < 0x300 && grapheme.length === 1) {
    return 1;
  }
  if (EMOJI.test(grapheme) || WIDE.some(([first, last]) => code >= first && code <= last)) {
    return 2;
  }
  return INVISIBLE.test(grapheme) ? 0 : 1;
}
