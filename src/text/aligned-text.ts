/** A stretch of a text, in UTF-16 units: `text.slice(start, end)`. */
export interface TokenSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * A text that came from another one by normalization, with the way back: unit `i` of `text` stands for the
 * units `starts[i]` to `ends[i]` of the original. Both halves of a surrogate pair point at the whole character.
 */
export class AlignedText {
  constructor(
    readonly text: string,
    readonly starts: Int32Array,
    readonly ends: Int32Array,
  ) {}

  /** A text that stands for itself. It must be well-formed (no lone surrogates). */
  static of(text: string): AlignedText {
    const starts = new Int32Array(text.length);
    const ends = new Int32Array(text.length);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      starts[i] = isLowSurrogate(unit) ? i - 1 : i;
      ends[i] = isHighSurrogate(unit) ? i + 2 : i + 1;
    }
    return new AlignedText(text, starts, ends);
  }

  get length(): number {
    return this.text.length;
  }

  /** The units `from` to `to`, still pointing into the same original. */
  slice(from: number, to: number): AlignedText {
    return new AlignedText(
      this.text.slice(from, to),
      this.starts.subarray(from, to),
      this.ends.subarray(from, to),
    );
  }

  /** Another text of the same length that stands for the same original, unit by unit. */
  withText(text: string): AlignedText {
    return new AlignedText(text, this.starts, this.ends);
  }

  /** The same text with `prefix` before it; the prefix stands for what the first character stands for. */
  withPrefix(prefix: string): AlignedText {
    const builder = new AlignedTextBuilder(this.length + prefix.length);
    builder.append(prefix, this.starts[0] ?? 0, this.ends[0] ?? 0);
    builder.copy(this, 0, this.length);
    return builder.build();
  }

  /** What the units `from` to `to` (at least one) stand for in the original. */
  span(from: number, to: number): TokenSpan {
    return { start: this.starts[from] ?? 0, end: this.ends[to - 1] ?? 0 };
  }
}

/** Writes an {@link AlignedText} from left to right. */
export class AlignedTextBuilder {
  #text = '';
  #starts: Int32Array;
  #ends: Int32Array;

  constructor(capacity: number) {
    this.#starts = new Int32Array(capacity);
    this.#ends = new Int32Array(capacity);
  }

  /** Adds `text`, every unit of which stands for the original's `start` to `end`. */
  append(text: string, start: number, end: number): void {
    const at = this.#text.length;
    this.#reserve(at + text.length);
    this.#starts.fill(start, at, at + text.length);
    this.#ends.fill(end, at, at + text.length);
    this.#text += text;
  }

  /** Adds the units `from` to `to` of `source` as they are. */
  copy(source: AlignedText, from: number, to: number): void {
    if (from === to) return;
    const at = this.#text.length;
    this.#reserve(at + to - from);
    this.#starts.set(source.starts.subarray(from, to), at);
    this.#ends.set(source.ends.subarray(from, to), at);
    this.#text += source.text.slice(from, to);
  }

  build(): AlignedText {
    const { length } = this.#text;
    return new AlignedText(this.#text, this.#starts.subarray(0, length), this.#ends.subarray(0, length));
  }

  #reserve(length: number): void {
    if (length <= this.#starts.length) return;
    const starts = new Int32Array(Math.max(length, 2 * this.#starts.length));
    const ends = new Int32Array(starts.length);
    starts.set(this.#starts);
    ends.set(this.#ends);
    this.#starts = starts;
    this.#ends = ends;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
