import { InputError } from '../errors/errors.js';

const REPLACEMENT = '\ufffd';
const utf8 = new TextEncoder();

/** The first bytes that are not a character. */
export interface BadByte {
  /** Its position, from 0. */
  readonly at: number;
  /** A description: `the byte 0xE9 is not UTF-8`. */
  readonly problem: string;
}

/** A character encoding. */
export class TextEncoding {
  /** UTF-8, without looking at the beginning of the text. */
  static readonly utf8 = new TextEncoding('UTF-8', 0);

  private readonly decoder: InstanceType<typeof TextDecoder>;
  private readonly replacement: Uint8Array;

  /**
   * @param name for messages and for TextDecoder.
   * @param bom length of the byte order mark at the beginning of the text, in bytes.
   */
  private constructor(
    readonly name: 'UTF-8' | 'UTF-16LE' | 'UTF-16BE',
    readonly bom: number,
  ) {
    this.decoder = new TextDecoder(name, { ignoreBOM: true });
    this.replacement =
      name === 'UTF-8'
        ? utf8.encode(REPLACEMENT)
        : Uint8Array.from(name === 'UTF-16LE' ? [0xfd, 0xff] : [0xff, 0xfd]);
  }

  /** Bytes of an ASCII character. */
  get unit(): 1 | 2 {
    return this.name === 'UTF-8' ? 1 : 2;
  }

  /**
   * The encoding of a text, by its first bytes: UTF-16 if there is a byte order mark, else UTF-8.
   *
   * @param first four bytes, or all of a shorter text.
   * @throws InputError for UTF-32, and for UTF-16 without a mark, which would pass for UTF-8 with many NULs.
   */
  static detect(first: Uint8Array, source: string): TextEncoding {
    const [a, b, c, d] = first;
    if (a === 0xff && b === 0xfe && c === 0 && d === 0) {
      throw new InputError(`${source} is in UTF-32. ${REMEDY}`);
    }
    if (a !== undefined && b !== undefined && (a === 0) !== (b === 0)) {
      throw new InputError(`${source} looks like UTF-16 and has no byte order mark. ${REMEDY}`);
    }
    if (a === 0xff && b === 0xfe) {
      return new TextEncoding('UTF-16LE', 2);
    }
    if (a === 0xfe && b === 0xff) {
      return new TextEncoding('UTF-16BE', 2);
    }
    return new TextEncoding('UTF-8', a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0);
  }

  /** The text, or the first byte that is not a character. A U+FFFD in the text is a character like any other. */
  decode(bytes: Uint8Array): string | BadByte {
    const text = this.decoder.decode(bytes);
    let at = 0;
    let from = 0;
    for (let i = text.indexOf(REPLACEMENT); i !== -1; i = text.indexOf(REPLACEMENT, i + 1)) {
      // The text before it has the same bytes when encoded again, so its length gives the position.
      at += this.byteLength(text.slice(from, i));
      from = i;
      const found = bytes.subarray(at, at + this.replacement.length);
      if (found.length < this.replacement.length || found.some((byte, j) => byte !== this.replacement[j])) {
        return { at, problem: this.describe(bytes, at) };
      }
    }
    return text;
  }

  /** Number of bytes of an encoded text. */
  byteLength(text: string): number {
    return this.unit === 2 ? 2 * text.length : utf8.encode(text).length;
  }

  private describe(bytes: Uint8Array, at: number): string {
    const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');
    return this.unit === 1
      ? `the byte 0x${hex(bytes[at] as number)} is not UTF-8`
      : `half a character of ${this.name} (0x${Array.from(bytes.subarray(at, at + 2), hex).join('')})`;
  }
}

/** The advice for a text in another encoding. */
const REMEDY = 'Save it as UTF-8.';

/**
 * The text of a whole file, in UTF-8, or in UTF-16 if it has a byte order mark.
 *
 * @throws InputError that names the file, the line and the byte of the line, both from 1.
 */
export function decodeText(bytes: Uint8Array, source: string): string {
  const encoding = TextEncoding.detect(bytes.subarray(0, 4), source);
  const content = bytes.subarray(encoding.bom);
  const text = encoding.decode(content);
  if (typeof text === 'string') {
    return text;
  }
  const lines = (encoding.decode(content.subarray(0, text.at)) as string).split('\n');
  const at = encoding.byteLength(lines.at(-1) as string);
  throw new InputError(`${source} line ${lines.length}: ${describeBadByte({ ...text, at })}`);
}

/** For a message that names the line: `byte 14 of the line: the byte 0xE9 is not UTF-8. Save it as UTF-8.` */
export function describeBadByte({ at, problem }: BadByte): string {
  return `byte ${at + 1} of the line: ${problem}. ${REMEDY}`;
}
