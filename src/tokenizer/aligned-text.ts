/** A stretch of a text, in UTF-16 units: `text.slice(start, end)`. */
export interface TokenSpan {
  readonly start: number;
  readonly end: number;
}

/** Tells for each unit of a text which stretch of the original text it stands for. */
export interface Origin {
  startOf(unit: number): number;
  endOf(unit: number): number;
}

/**
 * A text that came from another one by normalization, with the way back. The way is kept as a list of what was
 * rewritten, and walked only for the spans that are asked for: who wants no spans pays next to nothing. Both halves
 * of a surrogate pair point at the whole character.
 */
export class AlignedText {
  /** Unit `i` of `text` is unit `max(#first, #shift + i)` of what `#origin` knows. */
  private constructor(
    readonly text: string,
    private readonly origin: Origin,
    private readonly first: number,
    private readonly shift: number,
    /** The reference counts what was removed before this text to it. */
    private readonly countedFromStart = false,
  ) {}

  /** A text that stands for itself. It must be well-formed (no lone surrogates). */
  static of(text: string): AlignedText {
    return new AlignedText(text, new Itself(text), 0, 0);
  }

  /** A text whose units stand for what `origin` says. */
  static from(text: string, origin: Origin): AlignedText {
    return new AlignedText(text, origin, 0, 0);
  }

  get length(): number {
    return this.text.length;
  }

  /** The units `from` to `to`, still pointing into the same original. */
  slice(from: number, to: number): AlignedText {
    const counted = this.countedFromStart && from === 0;
    return new AlignedText(this.text.slice(from, to), this.origin, this.first, this.shift + from, counted);
  }

  /** Another text of the same length that stands for the same original, unit by unit. */
  withText(text: string): AlignedText {
    return new AlignedText(text, this.origin, this.first, this.shift, this.countedFromStart);
  }

  /** The same text with `prefix` before it; the prefix stands for what the first unit stands for. */
  withPrefix(prefix: string): AlignedText {
    const first = Math.max(this.first, this.shift);
    const { countedFromStart } = this;
    return new AlignedText(
      prefix + this.text,
      this.origin,
      first,
      this.shift - prefix.length,
      countedFromStart,
    );
  }

  /** The same text, beginning where `source` begins by the reference's count, whatever was removed before it. */
  countedFrom(source: AlignedText): AlignedText {
    return new AlignedText(this.text, this.origin, this.first, this.shift, source.opensText);
  }

  /** Whether this text (not an empty one) stands at the very beginning of the original, by the reference's count. */
  get opensText(): boolean {
    return this.countedFromStart || this.startOf(0) === 0;
  }

  /** Where the stretch of the original begins that a unit stands for. */
  startOf(unit: number): number {
    return this.origin.startOf(Math.max(this.first, this.shift + unit));
  }

  /** Where the stretch of the original ends that a unit stands for. */
  endOf(unit: number): number {
    return this.origin.endOf(Math.max(this.first, this.shift + unit));
  }

  /** What the units `from` to `to` (at least one) stand for in the original. */
  span(from: number, to: number): TokenSpan {
    return { start: this.startOf(from), end: this.endOf(to - 1) };
  }
}

/** The original text itself. */
class Itself implements Origin {
  constructor(private readonly text: string) {}

  startOf(unit: number): number {
    return isLowSurrogate(this.text.charCodeAt(unit)) ? unit - 1 : unit;
  }

  endOf(unit: number): number {
    return isHighSurrogate(this.text.charCodeAt(unit)) ? unit + 2 : unit + 1;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
