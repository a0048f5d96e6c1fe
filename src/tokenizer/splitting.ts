import type { AlignedText } from './aligned-text.js';
import type { JsonField } from './json-field.js';
import type { Match } from './regex/backtracker.js';

/**
 * What happens to the matches that divide a text: they are removed (`Removed`), become parts of their own
 * (`Isolated`), do so with neighbouring matches joined (`Contiguous`), or become the end or the beginning of the
 * neighbouring part.
 */
export type SplitBehavior = 'Removed' | 'Isolated' | 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous';

const BEHAVIORS: readonly string[] = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
] satisfies readonly SplitBehavior[];

/** A part of a text: a match, or the text between two matches. */
interface Part extends Match {
  readonly isMatch: boolean;
}

/** Reads `behavior`. */
export function parseSplitBehavior(field: JsonField): SplitBehavior {
  const { value } = field;
  if (!isBehavior(value)) return field.fail(`must be one of ${BEHAVIORS.join(', ')}`);
  return value;
}

function isBehavior(value: unknown): value is SplitBehavior {
  return typeof value === 'string' && BEHAVIORS.includes(value);
}

/**
 * Divides a non-empty text by matches, as the reference does, empty matches included. Empty parts are dropped.
 *
 * @param invert - the text between the matches divides, and the matches are divided
 */
export function* splitBy(
  text: AlignedText,
  matches: Iterable<Match>,
  behavior: SplitBehavior,
  invert = false,
): Generator<AlignedText> {
  for (const { start, end } of joined(partsOf(text.length, matches, invert), behavior)) {
    if (start < end) yield text.slice(start, end);
  }
}

function partsOf(length: number, matches: Iterable<Match>, invert: boolean): Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const { start, end } of matches) {
    if (done < start) parts.push({ start: done, end: start, isMatch: invert });
    parts.push({ start, end, isMatch: !invert });
    done = end;
  }
  if (done < length) parts.push({ start: done, end: length, isMatch: invert });
  return parts;
}

function joined(parts: readonly Part[], behavior: SplitBehavior): readonly Match[] {
  switch (behavior) {
    case 'Isolated':
      return parts;
    case 'Removed':
      return parts.filter(({ isMatch }) => !isMatch);
    case 'Contiguous':
      return join(parts, (part, previous) => part.isMatch === previous);
    case 'MergedWithPrevious':
      return join(parts, (part, previous) => part.isMatch && !previous);
    case 'MergedWithNext':
      return join(parts.toReversed(), (part, previous) => part.isMatch && !previous).toReversed();
  }
}

/**
 * Joins a part to the one before it if `joins` returns true.
 *
 * @param joins - gets a part and whether the one before it was a match
 */
function join(parts: readonly Part[], joins: (part: Part, previous: boolean) => boolean): Match[] {
  const result: Match[] = [];
  let previous = false;
  for (const part of parts) {
    const last = result.at(-1);
    if (last !== undefined && joins(part, previous)) {
      result[result.length - 1] = {
        start: Math.min(last.start, part.start),
        end: Math.max(last.end, part.end),
      };
    } else {
      result.push(part);
    }
    previous = part.isMatch;
  }
  return result;
}
