import { AlignedText, type Origin } from './aligned-text.js';

/** In place of an end: the run was copied, unit by unit. */
const COPIED = -1;

/** Writes what a text becomes, from left to right: what is not skipped is copied. */
export class Rewriter {
  readonly #source: AlignedText;
  readonly #runs = new Runs();
  #text = '';
  #done = 0;

  constructor(source: AlignedText) {
    this.#source = source;
  }

  /** Leaves out the source's units `from` to `to`, and copies what lies before them and was not reached yet. */
  skip(from: number, to: number): void {
    this.#copyUntil(from);
    this.#done = to;
  }

  /** Adds `text`, every unit of which stands for the source's units `start` to `end`. */
  write(text: string, start: number, end: number): void {
    if (text === '') return;
    this.#runs.add(this.#text.length, start, end);
    this.#text += text;
  }

  /** The new text; the source itself when nothing was skipped. */
  finish(): AlignedText {
    if (this.#done === 0) return this.#source;
    this.#copyUntil(this.#source.length);
    return AlignedText.from(this.#text, this.#runs.over(this.#source));
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

  over(source: AlignedText): Origin {
    return {
      startOf: (unit) => source.startOf(this.#firstFor(unit)),
      endOf: (unit) => source.endOf(this.#lastFor(unit)),
    };
  }

  #firstFor(unit: number): number {
    const run = this.#runOf(unit);
    const start = this.#starts[run] ?? 0;
    return this.#ends[run] === COPIED ? start + unit - (this.#places[run] ?? 0) : start;
  }

  #lastFor(unit: number): number {
    const end = this.#ends[this.#runOf(unit)] ?? COPIED;
    return end === COPIED ? this.#firstFor(unit) : end - 1;
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
