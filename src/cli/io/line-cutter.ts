import { describeBadByte, type TextEncoding } from '../../encoding/text-encoding.js';

/** A line of input that is not blank. */
export interface Line {
  /** Counted from 1, blank lines too. */
  readonly number: number;
  /** Without its line end; empty where there is a problem. */
  readonly text: string;
  /** Why the line cannot be read: it is too long, or a byte of it is no character. */
  readonly problem?: string | undefined;
  /** Bytes of input read when the line was complete. */
  readonly endByte: number;
}

/** UTF-16 units that a line may have. A longer one is not kept in memory. */
const MAX_LENGTH = 2 ** 24;
/** A unit takes three bytes at most, in every encoding. */
const MAX_BYTES = 3 * MAX_LENGTH;
const TOO_LONG = `The line has more than ${MAX_LENGTH} characters.`;
const LINE_FEED = 0x0a;

/** Cuts bytes into lines: bytes that are no characters in one line say nothing of the others. */
export class LineCutter {
  /** Of the line that has not ended. */
  private open: Uint8Array[] = [];
  private openBytes = 0;
  /** Half a unit, until its other half comes. */
  private half: Uint8Array = new Uint8Array();
  private lines = 0;

  constructor(private readonly encoding: TextEncoding) {}

  /**
   * The lines that end in a piece of input.
   *
   * @param endByte bytes of input read with this piece.
   */
  cut(piece: Uint8Array, endByte: number): Line[] {
    const { unit } = this.encoding;
    const bytes = this.half.length === 0 ? piece : Buffer.concat([this.half, piece]);
    const whole = bytes.length - (bytes.length % unit);
    this.half = bytes.subarray(whole);
    const ended: Line[] = [];
    let start = 0;
    for (let end = this.lineFeed(bytes, 0); end !== -1; end = this.lineFeed(bytes, start)) {
      this.keep(bytes.subarray(start, end));
      ended.push(...this.end(endByte));
      start = end + unit;
    }
    this.keep(bytes.subarray(start, whole));
    return ended;
  }

  /** The last line, which has no line end. */
  finish(endByte: number): Line[] {
    this.keep(this.half);
    return this.end(endByte);
  }

  private keep(bytes: Uint8Array): void {
    this.openBytes += bytes.length;
    if (this.openBytes > MAX_BYTES) {
      this.open = [];
    } else {
      this.open.push(bytes);
    }
  }

  private end(endByte: number): Line[] {
    const line = this.openBytes > MAX_BYTES ? { text: '', problem: TOO_LONG } : this.read();
    this.open = [];
    this.openBytes = 0;
    this.lines += 1;
    return line.problem === undefined && line.text.trim() === ''
      ? []
      : [{ number: this.lines, ...line, endByte }];
  }

  private read(): Pick<Line, 'text' | 'problem'> {
    const [only = new Uint8Array()] = this.open;
    const text = this.encoding.decode(this.open.length > 1 ? Buffer.concat(this.open) : only);
    if (typeof text !== 'string') {
      return { text: '', problem: describeBadByte(text) };
    }
    return text.length > MAX_LENGTH ? { text: '', problem: TOO_LONG } : { text: text.replace(/\r$/, '') };
  }

  /** Where the next line feed begins; in UTF-16 it is two bytes at an even place. */
  private lineFeed(bytes: Uint8Array, from: number): number {
    const { name, unit } = this.encoding;
    const behind = name === 'UTF-16BE' ? 1 : 0;
    for (let at = bytes.indexOf(LINE_FEED, from); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
      const start = at - behind;
      if (unit === 1 || (start % 2 === 0 && bytes[start + 1 - behind] === 0)) {
        return start;
      }
    }
    return -1;
  }
}
