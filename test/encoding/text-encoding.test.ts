import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeText, TextEncoding } from '../../dist/encoding/text-encoding.js';
import { InputError } from '../../dist/errors/errors.js';

const utf16le = (text: string): Buffer => Buffer.from(text, 'utf16le');
const utf16be = (text: string): Buffer => utf16le(text).swap16();

describe('whole files', () => {
  test.each([
    ['UTF-8', Buffer.from('a 熊猫 😀 \ufffd\n')],
    ['UTF-8 with a mark', Buffer.from('\ufeffa 熊猫 😀 \ufffd\n')],
    ['UTF-16LE with a mark', utf16le('\ufeffa 熊猫 😀 \ufffd\n')],
    ['UTF-16BE with a mark', utf16be('\ufeffa 熊猫 😀 \ufffd\n')],
  ])('%s', (_, bytes) => {
    expect(decodeText(bytes, 'x')).toBe('a 熊猫 😀 \ufffd\n');
  });

  test('an empty one, and marks alone', () => {
    for (const bytes of [[], [0xef, 0xbb, 0xbf], [0xff, 0xfe], [0xfe, 0xff]]) {
      expect(decodeText(Uint8Array.from(bytes), 'x')).toBe('');
    }
  });

  test('a mark within the text is a character', () => {
    expect(decodeText(Buffer.from('a\ufeffb'), 'x')).toBe('a\ufeffb');
  });

  test.each([
    ['Latin-1', Buffer.from('café\n', 'latin1'), 'x line 1: byte 4 of the line: the byte 0xE9 is not UTF-8.'],
    [
      'behind others',
      Buffer.concat([Buffer.from('a\n熊\ufffd'), Uint8Array.of(0xe9)]),
      'x line 2: byte 7 of the',
    ],
    ['GBK', Uint8Array.from([0xd0, 0xdc, 0xc3, 0xa8]), 'x line 1: byte 1 of the line: the byte 0xD0'],
    ['a surrogate in UTF-8', Uint8Array.from([0x61, 0xed, 0xa0, 0x80]), 'byte 2 of the line: the byte 0xED'],
    ['an overlong form', Uint8Array.from([0x61, 0xc0, 0x80]), 'byte 2 of the line: the byte 0xC0'],
    ['a character cut short', Buffer.from('a熊').subarray(0, 3), 'byte 2 of the line: the byte 0xE7'],
    ['the beginning of U+FFFD', Uint8Array.from([0x61, 0xef, 0xbf]), 'byte 2 of the line: the byte 0xEF'],
    [
      'half a pair in UTF-16',
      utf16le('\ufeffa\n\ufffdb\ud83dc'),
      'x line 2: byte 5 of the line: half a character of UTF-16LE (0x3DD8)',
    ],
    ['the other half', utf16be('\ufeffa\udc00'), 'byte 3 of the line: half a character of UTF-16BE (0xDC00)'],
    [
      'an odd byte',
      Uint8Array.from([...utf16le('\ufeffa'), 0x62]),
      'byte 3 of the line: half a character of UTF-16LE (0x62)',
    ],
    [
      'UTF-16 without a mark',
      utf16le('ab'),
      'x looks like UTF-16 and has no byte order mark. Save it as UTF-8.',
    ],
    ['the same the other way', utf16be('ab'), 'x looks like UTF-16'],
    ['UTF-32', Uint8Array.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), 'x is in UTF-32. Save it as UTF-8.'],
  ])('%s is refused, with the place', (_, bytes, message) => {
    const decode = () => decodeText(bytes, 'x');
    expect(decode).toThrow(InputError);
    expect(decode).toThrow(message);
  });
});

test('bytes are refused exactly where a strict decoder refuses them, and read as it reads them', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  // Mostly whole characters, including U+FFFD, and sometimes a byte that may be wrong.
  const part = fc.oneof(
    fc.constantFrom('a', 'é', '熊', '😀').map((text) => [...Buffer.from(text)]),
    fc.constant([0xef, 0xbf, 0xbd]),
    fc.integer({ min: 0x80, max: 0xff }).map((byte) => [byte]),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const bytes = Uint8Array.from(parts.flat());
      const read = TextEncoding.utf8.decode(bytes);
      if (typeof read === 'string') {
        expect(read).toBe(strict.decode(bytes));
      } else {
        expect(() => strict.decode(bytes)).toThrow();
        expect(() => strict.decode(bytes.subarray(0, read.at))).not.toThrow();
        expect(() => strict.decode(bytes.subarray(read.at, read.at + 4))).toThrow();
      }
    }),
    { numRuns: 500 },
  );
});
