/** Scripts that are written without spaces between words. */
const UNSPACED = String.raw`\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmr}\p{scx=Mymr}`;
const LETTER = String.raw`[\p{L}\p{M}]`;
/** A run of letters of such a script, or a number, or a run of other letters: "A380" and "A 380" have the same terms. */
const RUN = new RegExp(String.raw`[${LETTER}&&[${UNSPACED}]]+|\p{N}+|[${LETTER}--[${UNSPACED}]]+`, 'gv');
const UNSPACED_START = new RegExp(`^[${UNSPACED}]`, 'v');

/**
 * The terms of a text for lexical search, in their order: words and numbers in small letters; of a script without
 * spaces, such as Chinese, each character and each pair of neighbours.
 *
 * Forms of the same character (full width, ligatures) are one: Unicode's NFKC. The time is linear in the text's length.
 * `Intl.Segmenter` would cut Chinese into words, but its time is quadratic in Node 20, and browsers cut differently.
 */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  for (const [run] of text.normalize('NFKC').toLowerCase().matchAll(RUN)) {
    if (!UNSPACED_START.test(run)) {
      terms.push(run);
      continue;
    }
    let previous = '';
    for (const character of run) {
      if (previous !== '') terms.push(previous + character);
      terms.push(character);
      previous = character;
    }
  }
  return terms;
}
