import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns that a terminal needs for a text without control characters. */
export function displayWidth(text: string): number {
  return stringWidth(text, { countAnsiEscapeCodes: true }); // there are none: nothing is looked for
}

/** The beginning of a text that fits into so many columns, with `…` where something was cut; never half a character. */
export function cutToWidth(text: string, columns: number): string {
  // However long the document is, only its beginning is looked at: no terminal is that wide.
  const beginning = text.slice(0, 16 * columns + 16).replace(/[\ud800-\udbff]$/, '');
  let kept = '';
  let width = 0;
  let keptWithEllipsis = '';
  for (const { segment } of graphemes.segment(beginning)) {
    width += displayWidth(segment);
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
