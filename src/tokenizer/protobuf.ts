import { TokenizationError } from '../errors/errors.js';

/** One field of a protobuf message. */
export interface WireField {
  readonly number: number;
  /** An integer; or the bytes of anything else: a text, bytes, an inner message, the 4 or 8 bytes of a number. */
  readonly value: number | Uint8Array;
}

/**
 * The fields of a protobuf message in their order, without a schema: with numbers instead of names. One kind of file
 * needs it, and the wire format is enough for that.
 *
 * @param source the file, for messages
 * @throws TokenizationError if the bytes are no such message
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function* readFields(bytes: Uint8Array, source: string): Generator<WireField> {
  let at = 0;
  const fail = (why: string): never => {
    throw new TokenizationError(
      `${source} is not a protobuf message: ${why} at byte ${at} of ${bytes.length}.`,
    );
  };
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) return fail('an integer is cut off');
      value += (byte & 0x7f) * 2 ** shift; // exact up to 2^53; only negative numbers are larger here
      if (byte < 0x80) return value;
    }
    return fail('an integer is too long');
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) return fail(`a field of ${length} bytes is cut off`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (number === 0) fail('a field has the number 0');
    switch (tag % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        yield { number, value: take(8) };
        break;
      case 2:
        yield { number, value: take(varint()) };
        break;
      case 5:
        yield { number, value: take(4) };
        break;
      default:
        fail(`a field is of the unknown kind ${tag % 8}`);
    }
  }
}
