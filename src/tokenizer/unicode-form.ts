import type { AlignedText } from './aligned-text.js';
import { MARKS, NEWER } from './reference-unicode.js';
import { Rewriter } from './rewriter.js';

/** A normalization form of Unicode. */
export type Form = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/**
 * A character of the new text, and its effect in the reference's count: 0 replaces one old character, -n replaces one
 * and n more after it, 1 is inserted and aligned with the character that was read last.
 */
interface Change {
  readonly character: string;
  readonly count: number;
}

/** Examples of combining class 240, the last of all, and of 1, the first. */
const LAST_MARK = '\u0345';
const FIRST_MARK = '\u0334';

const mark = new RegExp(`^[${MARKS}]$`, 'u');
/** Characters that got a decomposition after the reference's tables were made; the reference leaves them unchanged. */
const newer = new RegExp(`[${NEWER}]`, 'u');

/** Possibly a long run of marks, for which the engine's own function takes quadratic time. */
const MANY_MARKS = /[\p{M}\uff9e\uff9f]{32}/u;

/** A stretch that depends on nothing outside of it: no ASCII character combines with what is before it. */
const STRETCH = /[\0-\x7f]?[^\0-\x7f]+/g;

/**
 * The text in a normalization form, aligned as in Python `tokenizers`: all parts of a decomposed character are aligned
 * with it, and a composed character with the first of its parts.
 */
export function toForm(input: AlignedText, form: Form): AlignedText {
  const output = new Rewriter(input);
  for (const { 0: stretch, index } of input.text.matchAll(STRETCH)) {
    if (isDone(stretch, form)) continue;
    rewrite(stretch, index, changesTo(stretch, form), output);
  }
  return output.finish();
}

function isDone(stretch: string, form: Form): boolean {
  return !MANY_MARKS.test(stretch) && !newer.test(stretch) && stretch.normalize(form) === stretch;
}

function rewrite(stretch: string, offset: number, changes: readonly Change[], output: Rewriter): void {
  output.skip(offset, offset + stretch.length);
  let [last, at] = [0, 0];
  const read = (): void => {
    last = at;
    at += (stretch.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  };
  for (const { character, count } of changes) {
    if (count <= 0) read();
    output.write(character, offset + last, offset + at);
    for (let removed = count; removed < 0; removed++) read();
  }
}

function changesTo(stretch: string, form: Form): Change[] {
  const compatible = form === 'NFKC' || form === 'NFKD';
  const decomposed = decompose(stretch, compatible ? 'NFKD' : 'NFD');
  return form === 'NFC' || form === 'NFKC' ? compose(decomposed) : decomposed;
}

/** Decomposes every character. The marks after a character are in the order of their classes. */
function decompose(stretch: string, form: 'NFD' | 'NFKD'): Change[] {
  const changes: Change[] = [];
  let marks: Change[] = [];
  for (const character of stretch) {
    let count = 0;
    for (const part of newer.test(character) ? character : character.normalize(form)) {
      if (isStarter(part)) {
        for (const change of inOrder(marks)) changes.push(change);
        marks = [];
        changes.push({ character: part, count });
      } else {
        marks.push({ character: part, count });
      }
      count = 1;
    }
  }
  return changes.concat(inOrder(marks));
}

/** Sorts marks by their classes. There may be a million of them, but few different ones. */
function inOrder(marks: Change[]): Change[] {
  if (marks.length < 2) return marks;
  const different = [...new Set(marks.map(({ character }) => character))];
  different.sort((a, b) => (isLowerClass(a, b) ? -1 : isLowerClass(b, a) ? 1 : 0));
  const ranks = new Map<string, number>();
  let rank = 0;
  for (const [index, character] of different.entries()) {
    if (isLowerClass(different[index - 1] ?? '', character)) rank++;
    ranks.set(character, rank);
  }
  return marks.sort((a, b) => (ranks.get(a.character) ?? 0) - (ranks.get(b.character) ?? 0));
}

/** Combines marks with the character before them, and characters with each other, if Unicode has a character for both. */
function compose(decomposed: readonly Change[]): Change[] {
  const changes: Change[] = [];
  let base = -1;
  for (const change of decomposed) {
    const last = changes.length - 1;
    const target = changes[base];
    const isBlocked = base !== last && !isLowerClass(changes[last]?.character ?? '', change.character);
    const joined = target === undefined || isBlocked ? undefined : joint(target.character, change.character);
    if (target !== undefined && joined !== undefined) {
      changes[base] = { character: joined, count: target.count + change.count - 1 };
      continue;
    }
    changes.push(change);
    if (isStarter(change.character)) base = changes.length - 1;
  }
  return changes;
}

/** The character that two characters combine to. */
function joint(first: string, second: string): string | undefined {
  if (newer.test(first) || newer.test(second)) return undefined;
  const joined = (first + second).normalize('NFC');
  const isOne = joined.length === ((joined.codePointAt(0) ?? 0) > 0xffff ? 2 : 1);
  return isOne && !newer.test(joined) ? joined : undefined;
}

/** Whether the first character is a mark of a lower class than the second, both decomposed. A starter has no class. */
function isLowerClass(first: string, second: string): boolean {
  if (!mark.test(first) || !mark.test(second)) return false;
  return first !== second && (second + first).normalize('NFD') === first + second;
}

function isStarter(character: string): boolean {
  return (
    !mark.test(character) ||
    ((LAST_MARK + character).normalize('NFD') === LAST_MARK + character &&
      (character + FIRST_MARK).normalize('NFD') === character + FIRST_MARK)
  );
}
