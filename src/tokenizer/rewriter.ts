import { TokenizationError } from '../errors/errors.js';
import { AlignedText, type Origin } from './aligned-text.js';

/** Rewrites a text and keeps track of where everything came from. */
export interface Normalizer {
  normalize(input: AlignedText): AlignedText;
}

/** Largest growth of a text over all steps together; NFKD makes at most 18 characters of one. */
const MAX_GROWTH = 64;
/** Length that a text may reach in any case, however short it was. */
const FREE_LENGTH = 4096;

/** Stored in place of an end: the run was copied unit by unit. */
const COPIED = -1;

/** Writes a new version of a text, from left to right. What is not skipped is copied. */
export class Rewriter {
  readonly #source: AlignedText;
  readonly #runs = new Runs();
  #text = '';
  #done = 0;
  #isSame = true;

  constructor(source: AlignedText) {
    this.#source = source;
  }

  /** Leaves out the source's units from `from` to `to`, after copying everything before them that was not copied yet. */
  skip(from: number, to: number): void {
    this.#copyUntil(from);
    this.#done = to;
    this.#isSame &&= from === to;
  }

  /** Adds `text`, all of whose units are aligned with the source's units `start` to `end` (with none if they are equal). */
  write(text: string, start: number, end: number): void {
    if (text === '') return;
    this.#isSame = false;
    this.#assertBounded(this.#text.length + text.length);
    this.#runs.add(this.#text.length, start, end);
    this.#text += text;
  }

  /** The new text; the source itself when nothing was skipped or written. */
  finish(): AlignedText {
    if (this.#isSame) return this.#source;
    this.#copyUntil(this.#source.length);
    const result = AlignedText.from(this.#text, this.#runs.over(this.#source));
    return this.#runs.beginAtStart ? result.countedFrom(this.#source) : result;
  }

  /** Checks the growth: steps that each lengthen a text could fill the memory from one line. */
  #assertBounded(length: number): void {
    const { originalLength } = this.#source;
    if (length > MAX_GROWTH * originalLength + FREE_LENGTH) {
      throw new TokenizationError(
        `tokenizer.json: the normalizer makes a text of ${originalLength} characters more than ${MAX_GROWTH} times as ` +
          'long. Its steps, such as Replace, may lengthen a text that much at most, all together.',
      );
    }
  }

  #copyUntil(to: number): void {
    if (this.#done === to) return;
    this.#runs.add(this.#text.length, this.#done, COPIED);
    this.#text += this.#source.text.slice(this.#done, to);
  }
}

/** The runs of a new text: where each begins, and the units of the source that it is aligned with. */
class Runs {
  readonly #places: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  add(place: number, start: number, end: number): void {
    this.#places.push(place);
    this.#starts.push(start);
    this.#ends.push(end);
  }

  /** Whether the first run is aligned with the source's first unit. */
  get beginAtStart(): boolean {
    return this.#starts[0] === 0;
  }

  over(source: AlignedText): Origin {
    return {
      length: source.originalLength,
      startOf: (unit) => source.startOf(this.#firstFor(unit)),
      endOf: (unit) => this.#endOf(unit, source),
    };
  }

  #firstFor(unit: number): number {
    const run = this.#runOf(unit);
    const start = this.#starts[run] ?? 0;
    return this.#ends[run] === COPIED ? start + unit - (this.#places[run] ?? 0) : start;
  }

  #endOf(unit: number, source: AlignedText): number {
    const end = this.#ends[this.#runOf(unit)] ?? COPIED;
    const start = this.#firstFor(unit);
    if (end === start) return source.startOf(start);
    return source.endOf(end === COPIED ? start : end - 1);
  }

  /** The last run that begins at or before `unit`. */
  #runOf(unit: number): number {
    let [low, high] = [0, this.#places.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#places[middle] ?? 0) <= unit) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
