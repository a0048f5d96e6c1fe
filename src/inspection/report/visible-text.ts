const CONTROLS = /(?![\t\n\r])\p{Cc}/gu;
/** They would turn the direction of what stands around them. */
const DIRECTION_MARKS = /[\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A text as a page may show it: control characters, which HTML does not hold, become their pictures, marks of
 * direction and lone surrogates U+FFFD. Its length in UTF-16 units stays.
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
