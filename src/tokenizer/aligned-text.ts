/** A stretch of a text, in UTF-16 units: `text.slice(start, end)`. */
export interface TokenSpan {
  readonly start: number;
  readonly end: number;
}

/** Tells for each unit of a text which stretch of the original text it comes from. */
export interface Origin {
  /** Units of the original text. */
  readonly length: number;
  startOf(unit: number): number;
  endOf(unit: number): number;
}

/**
 * A text that was made from another one by normalization, with the way back. The way is kept as a list of what was
 * rewritten, and is followed only for the spans that are asked for, so it costs next to nothing if none are. Both
 * halves of a surrogate pair point to the whole character.
 */
export class AlignedText {
  /** Unit `i` of `text` is unit `max(first, shift + i)` of `origin`. */
  private constructor(
    readonly text: string,
    private readonly origin: Origin,
    private readonly first: number,
    private readonly shift: number,
    /** Whether the reference counts what was removed before this text as part of it. */
    private readonly countedFromStart = false,
  ) {}

  /** A text that is its own original. It must be well-formed (no lone surrogates). */
  static of(text: string): AlignedText {
    return new AlignedText(text, new Itself(text), 0, 0);
  }

  /** A text whose units come from where `origin` says. */
  static from(text: string, origin: Origin): AlignedText {
    return new AlignedText(text, origin, 0, 0);
  }

  get length(): number {
    return this.text.length;
  }

  /** The units from `from` to `to`, still pointing into the same original. */
  slice(from: number, to: number): AlignedText {
    const counted = this.countedFromStart && from === 0;
    return new AlignedText(this.text.slice(from, to), this.origin, this.first, this.shift + from, counted);
  }

  /** Another text of the same length, aligned with the same original unit by unit. */
  withText(text: string): AlignedText {
    return new AlignedText(text, this.origin, this.first, this.shift, this.countedFromStart);
  }

  /** The same text with `prefix` before it; the prefix is aligned with the first unit. */
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

  /** The same text, which begins, in the reference's count, where `source` begins, whatever was removed before it. */
  countedFrom(source: AlignedText): AlignedText {
    return new AlignedText(this.text, this.origin, this.first, this.shift, source.opensText);
  }

  /** Whether this (non-empty) text is at the very beginning of the original, in the reference's count. */
  get opensText(): boolean {
    return this.countedFromStart || this.startOf(0) === 0;
  }

  /** Units of the original text. */
  get originalLength(): number {
    return this.origin.length;
  }

  /** Start of the stretch of the original that a unit comes from. */
  startOf(unit: number): number {
    return this.origin.startOf(Math.max(this.first, this.shift + unit));
  }

  /** End of the stretch of the original that a unit comes from. */
  endOf(unit: number): number {
    return this.origin.endOf(Math.max(this.first, this.shift + unit));
  }

  /** The stretch of the original that the units from `from` to `to` (at least one) come from. */
  span(from: number, to: number): TokenSpan {
    return { start: this.startOf(from), end: this.endOf(to - 1) };
  }
}

/** The original text itself. */
class Itself implements Origin {
  constructor(private readonly text: string) {}

  get length(): number {
    return this.text.length;
  }

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
