const CONTROLS = /(?![\t\n\r])\p{Cc}/gu;
/** They would change the direction of the text around them. */
const DIRECTION_MARKS = /[\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A text for a page: control characters, which HTML cannot contain, become their pictures; direction marks and lone
 * surrogates become U+FFFD. Its length in UTF-16 units stays the same.
 */
export function visibleText(text: string): string {
  return text
    .replace(CONTROLS, (control) => {
      const code = control.charCodeAt(0);
      return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\ufffd';
    })
    .replace(DIRECTION_MARKS, '\ufffd')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}
