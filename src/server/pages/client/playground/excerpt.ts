/** A stretch of a text: read by the model, cut before the model, or left out to save space. */
export interface Stretch {
  readonly text: string;
  readonly kind: 'seen' | 'cut' | 'gap';
}

const SEEN_START = 300;
const AROUND_CUT = 140;

/**
 * A text for a list of results: the whole text, or its beginning and the surroundings of the place where it was cut.
 *
 * @param cutAt where the model stopped reading, in UTF-16 units; the text's length where it read all of it.
 */
export function excerpt(text: string, cutAt: number, whole: boolean): Stretch[] {
  const seen = text.slice(0, cutAt);
  const cut = text.slice(cutAt);
  return [
    ...(whole || seen.length <= SEEN_START + AROUND_CUT * 1.5
      ? [{ text: seen, kind: 'seen' as const }]
      : [
          { text: start(seen, SEEN_START), kind: 'seen' as const },
          { text: '…', kind: 'gap' as const },
          ...(cut === '' ? [] : [{ text: end(seen, AROUND_CUT), kind: 'seen' as const }]),
        ]),
    ...(whole || cut.length <= AROUND_CUT * 1.5
      ? [{ text: cut, kind: 'cut' as const }]
      : [
          { text: start(cut, AROUND_CUT), kind: 'cut' as const },
          { text: '…', kind: 'gap' as const },
        ]),
  ].filter((stretch) => stretch.text !== '');
}

/** Its first characters; no character is split. */
function start(text: string, length: number): string {
  return text.slice(0, isInside(text, length) ? length - 1 : length);
}

function end(text: string, length: number): string {
  const from = text.length - length;
  return text.slice(isInside(text, from) ? from + 1 : from);
}

/** Whether a place is between the two units of one character. */
function isInside(text: string, at: number): boolean {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1));
}
