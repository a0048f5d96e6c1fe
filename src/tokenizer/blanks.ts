/** Unicode White_Space, the reference's notion of a blank: unlike JavaScript's `\s` with U+0085, without U+FEFF. */
const BLANK = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Where the blanks that end before `end` begin, `floor` at the lowest. */
export function skipBlanksBackward(text: string, end: number, floor: number): number {
  let start = end;
  while (start > floor && isBlank(text, start - 1)) start--;
  return start;
}

/** Where the blanks that begin at `start` end. */
export function skipBlanks(text: string, start: number): number {
  let end = start;
  while (end < text.length && isBlank(text, end)) end++;
  return end;
}

/** Where the characters other than blanks that begin at `start` end. */
export function skipNonBlanks(text: string, start: number): number {
  let end = start;
  while (end < text.length && !isBlank(text, end)) end++;
  return end;
}

/** Whether the unit at `at` is a blank. */
export function isBlank(text: string, at: number): boolean {
  return BLANK.test(text.charAt(at));
}
