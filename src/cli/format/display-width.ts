import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns that a terminal needs for a text without control characters. */
export function displayWidth(text: string): number {
  return stringWidth(text, { countAnsiEscapeCodes: true }); // the text has none, so none need to be found
}

/** The beginning of a text that fits into the columns, with `…` if it was cut; characters stay whole. */
export function cutToWidth(text: string, columns: number): string {
  // Only a beginning that is longer than any terminal line is measured, however long the document is.
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

/** A text, filled up with spaces to the number of columns. */
export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}
