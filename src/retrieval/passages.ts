/** A part of a text. */
export interface Passage {
  /** Its place in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** How texts are cut. */
export interface PassageOptions {
  /** Most letters of a passage; a letter of a script without spaces counts as three, because it says as much. */
  readonly size?: number | undefined;
  /** Letters at the end of a passage that the next one begins with, at most, in whole sentences. */
  readonly overlap?: number | undefined;
}

const WIDE = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/u;
const WIDE_LETTERS = 3;
/**
 * A sentence: to its mark and the space behind it, to the end of a paragraph, or 100,000 characters without one, because a
 * regular expression keeps a place to go back to for each of them, and has no more room at some millions.
 */
const SENTENCE =
  /(?:[^.!?。！？…\n]|\n(?!\s*\n)|[.!?…](?![\s"'”’)\]])){1,100000}(?:[.!?。！？…]+["'”’)\]]*\s*|\n\s*\n\s*)?|[.!?。！？…\n]\s*/gu;

/**
 * Cuts a text into overlapping passages at the ends of sentences. A sentence that is longer than a passage is cut where
 * it is full, after a space if there is one. Passages without a letter or digit are left out.
 */
export function cutPassages(text: string, { size = 1000, overlap = 200 }: PassageOptions = {}): Passage[] {
  const sentences = sentencesOf(text, size);
  const passages: Passage[] = [];
  let first = 0;
  while (first < sentences.length) {
    let length = 0;
    let next = first;
    for (; next < sentences.length; next++) {
      const own = (sentences[next] as Sentence).letters;
      if (next > first && length + own > size) break;
      length += own;
    }
    const start = (sentences[first] as Sentence).start;
    const end = (sentences[next - 1] as Sentence).end;
    if (/[\p{L}\p{N}]/u.test(text.slice(start, end))) passages.push({ start, end });
    if (next === sentences.length) break;
    // The sentences that are repeated leave room for the next one.
    const room = Math.min(overlap, size - (sentences[next] as Sentence).letters);
    let repeated = 0;
    let from = next;
    while (from - 1 > first && repeated + (sentences[from - 1] as Sentence).letters <= room) {
      from -= 1;
      repeated += (sentences[from] as Sentence).letters;
    }
    first = from;
  }
  return passages;
}

interface Sentence extends Passage {
  readonly letters: number;
}

function sentencesOf(text: string, size: number): Sentence[] {
  return Array.from(text.matchAll(SENTENCE)).flatMap(({ 0: sentence, index }) => {
    const parts: Sentence[] = [];
    let [start, letters] = [index, 0];
    /** Behind the last space since the start, and the letters until there. */
    let space = { at: start, letters: 0 };
    const cut = (to: { readonly at: number; readonly letters: number }): void => {
      parts.push({ start, end: to.at, letters: to.letters });
      letters -= to.letters;
      start = to.at;
      space = { at: start, letters: 0 };
    };
    let at = index;
    for (const character of sentence) {
      const own = WIDE.test(character) ? WIDE_LETTERS : 1;
      if (letters + own > size && at > start) cut(space.at > start ? space : { at, letters });
      letters += own;
      at += character.length;
      if (/\s/.test(character)) space = { at, letters };
    }
    cut({ at, letters });
    return parts;
  });
}
