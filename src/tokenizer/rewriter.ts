import { AlignedText, type Origin } from './aligned-text.js';

/** Rewrites a text and keeps track of where everything came from. */
export interface Normalizer {
  normalize(input: AlignedText): AlignedText;
}

/** In place of an end: the run was copied, unit by unit. */
const COPIED = -1;

/** Writes what a text becomes, from left to right: what is not skipped is copied. */
export class Rewriter {
  readonly #source: AlignedText;
  readonly #runs = new Runs();
  #text = '';
  #done = 0;
  #isSame = true;

  constructor(source: AlignedText) {
    this.#source = source;
  }

  /** Leaves out the source's units `from` to `to`, and copies what lies before them and was not reached yet. */
  skip(from: number, to: number): void {
    this.#copyUntil(from);
    this.#done = to;
    this.#isSame &&= from === to;
  }

  /** Adds `text`, every unit of which stands for the source's units `start` to `end` (for none where they are one). */
  write(text: string, start: number, end: number): void {
    if (text === '') return;
    this.#isSame = false;
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

  #copyUntil(to: number): void {
    if (this.#done === to) return;
    this.#runs.add(this.#text.length, this.#done, COPIED);
    this.#text += this.#source.text.slice(this.#done, to);
  }
}

/** What a new text consists of: where each run of it begins, and the units of the source that it stands for. */
class Runs {
  readonly #places: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  add(place: number, start: number, end: number): void {
    this.#places.push(place);
    this.#starts.push(start);
    this.#ends.push(end);
  }

  /** Whether the first run stands for the source's first unit. */
  get beginAtStart(): boolean {
    return this.#starts[0] === 0;
  }

  over(source: AlignedText): Origin {
    return {
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

  /** The last run that begins at `unit` or before it. */
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
