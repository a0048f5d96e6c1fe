/** Unicode White_Space, which is the reference's notion of a blank. Unlike JavaScript's `\s` it has U+0085 and not U+FEFF. */
const BLANK = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Start of the blanks that end before `end`; at least `floor`. */
export function skipBlanksBackward(text: string, end: number, floor: number): number {
  let start = end;
  while (start > floor && isBlank(text, start - 1)) start--;
  return start;
}

/** End of the blanks that begin at `start`. */
export function skipBlanks(text: string, start: number): number {
  let end = start;
  while (end < text.length && isBlank(text, end)) end++;
  return end;
}

/** End of the characters other than blanks that begin at `start`. */
export function skipNonBlanks(text: string, start: number): number {
  let end = start;
  while (end < text.length && !isBlank(text, end)) end++;
  return end;
}

/** Whether the unit at `at` is a blank. */
export function isBlank(text: string, at: number): boolean {
  return BLANK.test(text.charAt(at));
}
