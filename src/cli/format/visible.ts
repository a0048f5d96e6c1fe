/** Marks that change the direction of the text after them, to the end of the terminal's line. */
const DIRECTION_MARKS = /[\u202a-\u202e\u2066-\u2069]/gu;
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * A text on one line that cannot move the cursor or colour the terminal: white space becomes a space, other control
 * characters become their pictures (escape is U+241B), lone surrogates U+FFFD.
 */
export function visibleLine(text: string): string {
  return text.replace(CONTROLS, picture).replace(DIRECTION_MARKS, '').replace(LONE_SURROGATES, '\ufffd');
}

function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (/\s/.test(control) || code === 0x85) {
    return ' ';
  }
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\ufffd';
}
