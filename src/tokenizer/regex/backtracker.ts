import type { CharacterSet } from './character-set.js';
import { type Assertion, OP, type Program, type Step } from './program.js';

/** Steps allowed for any text, and for each of its units in addition: some ten milliseconds, and a microsecond per unit. */
const FREE_STEPS = 1_000_000;
const STEPS_PER_UNIT = 100;

/** Stored in place of a next step: the entry is a mark and not an alternative. */
const MARK = -1;
/** There is no limit to which a run could be shortened. */
const FIXED = -1;

/** Called when a text needs too many steps; it throws. */
export type GiveUp = (steps: number, text: string) => never;

/** A match, in UTF-16 units. */
export interface Match {
  readonly start: number;
  readonly end: number;
}

/**
 * Runs a compiled pattern over texts without lone surrogates. It tries the pattern's alternatives in order and counts
 * its steps: JavaScript's own engine cannot be stopped, and a pattern from a file may be hostile.
 */
export class Backtracker {
  readonly #steps: readonly Step[];
  readonly #word: CharacterSet;
  readonly #giveUp: GiveUp;
  #text = '';
  #left = 0;
  // A stack of what is still to be tried: next step, place in the text, limit for shortening a run, number of the mark.
  #size = 0;
  readonly #nexts: number[] = [];
  readonly #places: number[] = [];
  readonly #floors: number[] = [];
  readonly #ids: number[] = [];

  constructor({ steps, word }: Program, giveUp: GiveUp) {
    this.#giveUp = giveUp;
    this.#steps = steps;
    this.#word = word;
  }

  /** All matches from left to right without overlap. A match is left out if it is empty and at the end of the one before. */
  *matches(text: string): Generator<Match> {
    const most = FREE_STEPS + STEPS_PER_UNIT * text.length;
    let left = most;
    let lastEnd = -1;
    for (let start = 0; start <= text.length; ) {
      this.#text = text;
      this.#left = left;
      const end = this.#matchAt(start);
      left = this.#left;
      if (left < 0) this.#giveUp(most, text);
      if (end === -1 || (end === start && end === lastEnd)) {
        start = this.#after(start);
      } else {
        yield { start, end };
        lastEnd = end;
        start = end;
      }
    }
  }

  #after(place: number): number {
    return place + ((this.#text.codePointAt(place) ?? 0) > 0xffff ? 2 : 1);
  }

  #before(place: number): number {
    return place - (isLowSurrogate(this.#text.charCodeAt(place - 1)) ? 2 : 1);
  }

  /** End of the match that begins at `start`, or -1. Gives up when no steps are left. */
  #matchAt(start: number): number {
    const text = this.#text;
    this.#size = 0;
    let at = 0;
    let place = start;
    for (;;) {
      if (--this.#left < 0) return -1;
      const step = this.#steps[at] as Step;
      at++;
      let fits = true;
      switch (step.op) {
        case OP.character:
          fits = text.codePointAt(place) === step.code;
          if (fits) place += step.code > 0xffff ? 2 : 1;
          break;
        case OP.set: {
          const code = text.codePointAt(place);
          fits = code !== undefined && step.set.has(code);
          if (fits) place = this.#after(place);
          break;
        }
        case OP.run: {
          const end = this.#run(step.set, step.min, step.max, step.keep, place, at);
          fits = end !== -1;
          if (fits) place = end;
          break;
        }
        case OP.split:
          this.#push(step.second, place, FIXED, MARK);
          at = step.first;
          break;
        case OP.jump:
          at = step.to;
          break;
        case OP.assert:
          fits = this.#holds(step.assertion, place);
          break;
        case OP.mark:
          this.#push(MARK, place, FIXED, step.id);
          break;
        case OP.commit:
          this.#size = this.#markOf(step.id);
          break;
        case OP.lookEnd: {
          const mark = this.#markOf(step.id);
          place = this.#places[mark] ?? 0;
          this.#size = mark;
          break;
        }
        case OP.avoid:
          this.#push(step.otherwise, place, FIXED, step.id);
          break;
        case OP.avoidEnd:
          this.#size = this.#markOf(step.id);
          fits = false;
          break;
        case OP.back:
          for (let i = 0; i < step.length && fits; i++) {
            if (place === 0) fits = false;
            else place = this.#before(place);
          }
          break;
        case OP.backEnd:
          fits = this.#places[this.#markOf(step.id)] === place;
          break;
        case OP.match:
          return place;
      }
      if (fits) continue;
      // Takes the last entry that is still to be tried, skipping marks.
      let top = this.#size - 1;
      while (top >= 0 && this.#nexts[top] === MARK) top--;
      if (top < 0) return -1;
      at = this.#nexts[top] ?? 0;
      place = this.#places[top] ?? 0;
      const floor = this.#floors[top] ?? FIXED;
      if (floor !== FIXED) place = this.#before(place);
      // A run that can be shortened further stays on the stack.
      const stays = floor !== FIXED && place > floor;
      if (stays) this.#places[top] = place;
      this.#size = stays ? top + 1 : top;
    }
  }

  /** End of a run of characters that begins at `place`, or -1 if it is too short. */
  #run(set: CharacterSet, min: number, max: number, keep: boolean, place: number, next: number): number {
    let floor = min === 0 ? place : -1;
    let end = place;
    for (let count = 0; count < max; ) {
      const code = this.#text.codePointAt(end);
      if (code === undefined || !set.has(code)) break;
      end += code > 0xffff ? 2 : 1;
      count++;
      if (--this.#left < 0) return -1;
      if (count === min) floor = end;
    }
    if (floor === -1) return -1;
    if (!keep && end > floor) this.#push(next, end, floor, MARK);
    return end;
  }

  #push(next: number, place: number, floor: number, id: number): void {
    this.#nexts[this.#size] = next;
    this.#places[this.#size] = place;
    this.#floors[this.#size] = floor;
    this.#ids[this.#size] = id;
    this.#size++;
  }

  /** Position of the last mark with this number. */
  #markOf(id: number): number {
    let top = this.#size - 1;
    while (top > 0 && this.#ids[top] !== id) top--;
    return top;
  }

  #holds(assertion: Assertion, place: number): boolean {
    const text = this.#text;
    switch (assertion) {
      case 'line_start':
        return place === 0 || (text[place - 1] === '\n' && place < text.length);
      case 'line_end':
        return place === text.length || text[place] === '\n';
      case 'string_start':
        return place === 0;
      case 'string_end':
        return place === text.length;
      case 'string_end_newline':
        return place === text.length || (place === text.length - 1 && text[place] === '\n');
      case 'word_boundary':
        return this.#isWordBefore(place) !== this.#isWordAt(place);
      case 'no_word_boundary':
        return this.#isWordBefore(place) === this.#isWordAt(place);
    }
  }

  #isWordBefore(place: number): boolean {
    return place > 0 && this.#isWordAt(this.#before(place));
  }

  #isWordAt(place: number): boolean {
    const code = this.#text.codePointAt(place);
    return code !== undefined && this.#word.has(code);
  }
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
