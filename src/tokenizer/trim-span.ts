import type { TokenSpan } from './aligned-text.js';
import { isBlank } from './blanks.js';
import type { TrimOptions } from './pair-template.js';

/** The space of byte-level vocabularies; the reference looks for it in all vocabularies. */
const BYTE_LEVEL_SPACE = 'Ġ';

/**
 * Takes the blanks at the ends of a token out of its span, as RobertaProcessing does with `trim_offsets`.
 *
 * @param written - the token with all the blanks that it includes
 * @param isFirst - whether it is the first token of its text
 */
export function trimSpan(
  written: string,
  { start, end }: TokenSpan,
  isFirst: boolean,
  { addPrefixSpace }: TrimOptions,
): TokenSpan {
  let leading = 0;
  while (leading < written.length && isSpace(written, leading)) leading++;
  let trailing = 0;
  while (trailing < written.length && isSpace(written, written.length - 1 - trailing)) trailing++;
  const mayBePutThere = addPrefixSpace && leading === 1 && (isFirst || start === 0);
  const from = mayBePutThere ? start : Math.min(start + leading, end);
  return { start: from, end: end >= trailing ? Math.max(end - trailing, from) : end };
}

function isSpace(text: string, at: number): boolean {
  return text[at] === BYTE_LEVEL_SPACE || isBlank(text, at);
}
