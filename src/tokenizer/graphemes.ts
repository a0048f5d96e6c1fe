/** Marks in the category of spacing marks that do not attach to what is before them. */
const LOOSE_MARKS =
  '\\u102b\\u102c\\u1038\\u1062-\\u1064\\u1067-\\u106d\\u1083\\u1087-\\u108c\\u108f\\u109a-\\u109c\\u1a61\\u1a63\\u1a64\\uaa7b\\uaa7d\\u{11720}\\u{11721}';
const ATTACHING = `(?![${LOOSE_MARKS}])[\\p{Grapheme_Extend}\\p{Emoji_Modifier}\\p{Mc}\\u0e33\\u0eb3\\u200d]`;
const PREPENDING =
  '[\\u0600-\\u0605\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u0d4e\\u{110bd}\\u{110cd}\\u{111c2}\\u{111c3}\\u{113d1}\\u{1193f}\\u{11941}\\u{11a3a}\\u{11a84}-\\u{11a89}\\u{11d46}\\u{11f02}]';
const JOINT = new RegExp(`${ATTACHING}|${PREPENDING}|\\r\\n`, 'gu');
const attaching = new RegExp(`^(?:${ATTACHING})`, 'u');
const prepending = new RegExp(`^${PREPENDING}`, 'u');
const control = /^(?:[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?=\p{Default_Ignorable_Code_Point})\p{Cn})/u;
const extending = /^[\p{Grapheme_Extend}\p{Emoji_Modifier}]/u;
const pictographic = /^\p{Extended_Pictographic}/u;

/** Zero width joiner, which makes one picture of two. */
const JOINER = '\u200d';

/** A stretch of a text, in UTF-16 units. */
export interface Grapheme {
  readonly start: number;
  readonly end: number;
}

/**
 * The next grapheme of more than one character, at or after `from`, which is a boundary. A few graphemes of one
 * character are returned too. All characters before the returned one are graphemes by themselves.
 *
 * This is Unicode's rule for extended grapheme clusters without its parts on Hangul letters, flags and Indic conjuncts.
 * Those join characters that together are too long to be looked up as a whole, and graphemes serve only for that here.
 * `Intl.Segmenter` has every part, but its time grows with the square of the text.
 *
 * @returns undefined if no such grapheme is left
 */
export function nextGrapheme(text: string, from: number): Grapheme | undefined {
  JOINT.lastIndex = from;
  const joint = JOINT.exec(text);
  if (joint === null) return undefined;
  const joins = attaching.test(joint[0]);
  const start = joins ? previousCharacter(text, joint.index, from) : joint.index;
  return { start, end: graphemeEnd(text, start) };
}

function graphemeEnd(text: string, start: number): number {
  if (text.startsWith('\r\n', start)) return start + 2;
  let end = start;
  let core = characterAt(text, end);
  while (prepending.test(core)) {
    end += core.length;
    core = characterAt(text, end);
  }
  const isControl = control.test(core) && !attaching.test(core);
  if (isControl) return end === start ? end + core.length : end;
  end += core.length;
  // A joiner makes two pictures one: a picture, marks that extend it, one joiner, the next picture.
  let seen: 'picture' | 'joiner' | 'other' = pictographic.test(core) ? 'picture' : 'other';
  for (;;) {
    const next = characterAt(text, end);
    if (seen === 'joiner' && pictographic.test(next)) {
      seen = 'picture';
    } else if (!attaching.test(next)) {
      return end;
    } else if (seen === 'picture' && next === JOINER) {
      seen = 'joiner';
    } else if (seen !== 'picture' || !extending.test(next)) {
      seen = 'other';
    }
    end += next.length;
  }
}

/** The character at `at`, empty at the end of the text. */
function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}

/** Start of the character before `at`, or `at` itself if that would be before `floor`. */
function previousCharacter(text: string, at: number, floor: number): number {
  if (at <= floor) return at;
  return at - 2 >= floor && (text.codePointAt(at - 2) ?? 0) > 0xffff ? at - 2 : at - 1;
}
