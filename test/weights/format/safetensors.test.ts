import { describe, expect, it } from 'vitest';
import { WeightFormatError } from '../../../dist/errors/errors.js';
import { parseSafetensorsHeader, safetensorsHeaderLength } from '../../../dist/weights/format/safetensors.js';
import { entry, fileOf } from '../../support/safetensors-file.js';

const FILE = 'model.safetensors';

function parse(file: Uint8Array) {
  return parseSafetensorsHeader(file, file.byteLength, FILE);
}

/** The error of a file; its message must name the file and be one line of bearable length. */
function errorOf(run: () => unknown): WeightFormatError {
  try {
    run();
  } catch (error) {
    if (!(error instanceof WeightFormatError)) throw error;
    expect(error.file).toBe(FILE);
    expect(error.message).toMatch(/^model\.safetensors [^\n]{5,600}\.$/);
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a valid header', () => {
  it('gives the tensors in the order of their bytes, counted from the start of the file', () => {
    const file = fileOf(
      { b: entry('F16', [2, 3], 4, 16), __metadata__: { format: 'pt' }, a: entry('F32', [], 0, 4) },
      16,
    );
    const start = file.byteLength - 16;
    expect(parse(file)).toEqual([
      { name: 'a', dtype: 'F32', shape: [], byteOffset: start, byteLength: 4 },
      { name: 'b', dtype: 'F16', shape: [2, 3], byteOffset: start + 4, byteLength: 12 },
    ]);
  });

  const a = '"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}';
  const b = '"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}';
  const meta = '"__metadata__" : {"x":"},\\"__metadata__\\":{","y":"é"}';
  it.each([
    ['first', `{${meta} , ${a},${b}}`],
    ['in the middle', `{${a}\n,\n${meta},${b}}`],
    ['last', `{${a},${b} , ${meta} }  `],
    ['absent', `{${a},${b}}`],
    ['escaped', `{${a},"\\u005f_metadata__":{},${b}}`],
  ])('reads past __metadata__ when it is %s', (_, header) => {
    const file = fileOf(header, 2);
    const start = file.byteLength - 2;
    expect(parse(file).map(({ name, byteOffset }) => [name, byteOffset - start])).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
  });

  it('may have no tensors', () => {
    expect(parse(fileOf({}))).toEqual([]);
    expect(parse(fileOf({ __metadata__: { a: 'b' } }))).toEqual([]);
  });

  it('may have tensors without bytes, between others', () => {
    const file = fileOf(
      { b: entry('F32', [1], 4, 8), empty: entry('F32', [0, 7], 4, 4), a: entry('F32', [1], 0, 4) },
      8,
    );
    expect(parse(file).map(({ name }) => name)).toEqual(['a', 'empty', 'b']);
  });

  it('takes names as they are', () => {
    const header =
      '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},' +
      '"constructor":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},' +
      '"":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},' +
      '"词\\u0000😀":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}';
    expect(parse(fileOf(header, 4)).map(({ name }) => name)).toEqual([
      '__proto__',
      'constructor',
      '',
      '词\0😀',
    ]);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect('dtype' in {}).toBe(false);
  });

  it('may stand anywhere in memory and be followed by data', () => {
    const file = fileOf({ a: entry('F32', [1], 0, 4) }, 4);
    const memory = Buffer.alloc(file.byteLength + 5, 0xff);
    memory.set(file, 5);
    expect(parse(memory.subarray(5))).toEqual(parse(file));
    expect(parseSafetensorsHeader(file.subarray(0, file.byteLength - 4), file.byteLength, FILE)).toEqual(
      parse(file),
    );
  });
});

describe('the length of a header', () => {
  const first8 = (length: bigint) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    return bytes;
  };

  it('is the first 8 bytes', () => {
    expect(safetensorsHeaderLength(first8(300n), 308, FILE)).toBe(300);
  });

  it.each([
    ['a file of 7 bytes', new Uint8Array(7), 7, /has 7 bytes/],
    ['an empty file', new Uint8Array(0), 0, /has 0 bytes/],
    ['a header past the end', first8(301n), 308, /301 bytes; the file has 300/],
    ['a header past the limit', first8(100_000_001n), 1e12, /100000001 bytes; the format allows 100000000/],
    ['2^64 - 1', first8(2n ** 64n - 1n), 1e12, /18446744073709551615/],
  ])('refuses %s', (_, bytes, size, message) => {
    expect(errorOf(() => safetensorsHeaderLength(bytes, size, FILE)).message).toMatch(message);
  });

  it('refuses a prefix without the whole header', () => {
    const file = fileOf({ a: entry('F32', [1], 0, 4) }, 4);
    const short = file.subarray(0, 20);
    expect(errorOf(() => parseSafetensorsHeader(short, file.byteLength, FILE)).message).toMatch(
      /ends inside its header/,
    );
  });
});

describe('a header that breaks the format', () => {
  const one = '{"dtype":"U8","shape":[1],"data_offsets":[0,1]}';
  const max = Number.MAX_SAFE_INTEGER;

  it.each<[string, unknown, number, RegExp]>([
    ['nothing', '', 0, /does not begin with "\{"/],
    ['white space first', ' {}', 0, /does not begin with/],
    ['an array', '[]', 0, /does not begin with/],
    ['a byte order mark', '\ufeff{}', 0, /does not begin with/],
    ['bad UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 0, /not UTF-8/],
    ['a surrogate in UTF-8', Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d), 0, /not UTF-8/],
    ['no JSON', '{"a":', 0, /not valid JSON/],
    ['an open string', '{"a', 0, /not valid JSON/],
    ['text behind the object', '{} x', 0, /not valid JSON/],
    ['zero bytes behind the object', '{}\0\0', 0, /not valid JSON/],
    ['a key with a bad escape', '{"\\x":1}', 0, /not valid JSON/],
    ['a name twice', `{"a":${one},"a":${one}}`, 1, /key "a" twice/],
    ['a name twice, once escaped', `{"a":${one},"\\u0061" \t\r\n :${one}}`, 1, /key "a" twice/],
    [
      'a field twice',
      '{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}',
      1,
      /key "dtype" twice/,
    ],
    ['__metadata__ twice', '{"__metadata__":{},"__metadata__":{}}', 0, /key "__metadata__" twice/],
    ['a surrogate as name', `{"\\ud800":${one}}`, 1, /not well-formed Unicode/],
    [
      'an object too deep',
      '{"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}',
      1,
      /nested deeper than 3/,
    ],
    ['a million brackets', `{"a":${'['.repeat(1e6)}`, 0, /nested deeper than 3/],
    ['metadata that is no object', { __metadata__: 'pt' }, 0, /"pt" as __metadata__; expected an object/],
    ['metadata null', { __metadata__: null }, 0, /null as __metadata__/],
    [
      'metadata that is no string',
      { __metadata__: { n: 1 } },
      0,
      /1 as "n" of __metadata__; expected a string/,
    ],
    ['an entry null', { a: null }, 0, /null as tensor "a"; expected an object/],
    ['an entry that is an array', { a: [1] }, 0, /\[1\] as tensor "a"/],
    ['an entry that is a string', { a: 'x' }, 0, /"x" as tensor "a"/],
    ['no dtype', { a: { shape: [1], data_offsets: [0, 1] } }, 1, /tensor "a" the dtype undefined/],
    ['an unknown dtype', { a: entry('F128', [1], 0, 1) }, 1, /the dtype "F128"; the format knows BOOL/],
    ['a dtype of Object.prototype', { a: entry('toString', [1], 0, 1) }, 1, /the dtype "toString"/],
    ['no shape', { a: { dtype: 'U8', data_offsets: [0, 1] } }, 1, /tensor "a" the shape undefined/],
    [
      'a shape that is a string',
      { a: { dtype: 'U8', shape: '1', data_offsets: [0, 1] } },
      1,
      /the shape "1"/,
    ],
    ['a negative size', { a: entry('U8', [-1, -1], 0, 1) }, 1, /the shape \[-1, -1\]; expected an array/],
    ['a fraction', { a: entry('U8', [1.5], 0, 1) }, 1, /the shape \[1.5\]/],
    [
      'a size past the integers',
      '{"a":{"dtype":"U8","shape":[1e300],"data_offsets":[0,1]}}',
      1,
      /the shape \[1e\+300\]/,
    ],
    ['a size null', { a: { dtype: 'U8', shape: [null], data_offsets: [0, 1] } }, 1, /the shape \[null\]/],
    ['a product past the integers', { a: entry('U8', [max, max], 0, 1) }, 1, /which no file can hold/],
    [
      'a product past the integers, times 0',
      { a: entry('U8', [max, max, 0], 0, 0) },
      0,
      /which no file can hold/,
    ],
    ['a byte length past the integers', { a: entry('F64', [max], 0, 1) }, 1, /which no file can hold/],
    ['half a byte', { a: entry('F4', [3], 0, 2) }, 2, /which no file can hold/],
    ['no data_offsets', { a: { dtype: 'U8', shape: [1] } }, 1, /the data_offsets undefined/],
    [
      'one offset',
      { a: { dtype: 'U8', shape: [1], data_offsets: [0] } },
      1,
      /the data_offsets \[0\]; expected two/,
    ],
    [
      'three offsets',
      { a: { dtype: 'U8', shape: [1], data_offsets: [0, 1, 1] } },
      1,
      /the data_offsets \[0, 1, 1\]/,
    ],
    [
      'offsets null and true',
      { a: { dtype: 'U8', shape: [1], data_offsets: [null, true] } },
      1,
      /\[null, true\]/,
    ],
    ['offsets as strings', { a: { dtype: 'U8', shape: [1], data_offsets: ['0', '1'] } }, 1, /\["0", "1"\]/],
    [
      'offsets that only look like an array',
      { a: { dtype: 'U8', shape: [1], data_offsets: { map: 1 } } },
      1,
      /\{"map": …\}/,
    ],
    ['a negative offset', { a: entry('U8', [1], -1, 0) }, 1, /the data_offsets \[-1, 0\]/],
    ['an end before its begin', { a: entry('U8', [1], 1, 0) }, 1, /tensor "a" at bytes 1 to 0 of its data/],
    ['an end outside the file', { a: entry('U8', [5], 0, 5) }, 4, /at bytes 0 to 5 of its data, which has 4/],
    ['a wild offset', { a: entry('U8', [1], max - 1, max) }, 1, /of its data, which has 1/],
    [
      'too few bytes for the shape',
      { a: entry('F32', [2], 0, 4) },
      4,
      /tensor "a" 4 bytes; F32 \[2\] takes 8/,
    ],
    ['too many bytes for the shape', { a: entry('F16', [], 0, 4) }, 4, /4 bytes; F16 \[\] takes 2/],
    [
      'a gap first',
      { a: entry('U8', [1], 1, 2) },
      2,
      /has 1 bytes before tensor "a" that belong to no tensor/,
    ],
    ['a gap', { a: entry('U8', [1], 0, 1), b: entry('U8', [1], 3, 4) }, 4, /has 2 bytes before tensor "b"/],
    [
      'an overlap',
      { a: entry('U8', [2], 0, 2), b: entry('U8', [2], 1, 3) },
      3,
      /tensor "b" at byte \d+, over tensor "a"/,
    ],
    ['the same bytes twice', { a: entry('U8', [2], 0, 2), b: entry('U8', [2], 0, 2) }, 2, /over tensor/],
    ['bytes behind the last tensor', { a: entry('U8', [1], 0, 1) }, 2, /its tensors end at byte/],
    ['data without tensors', {}, 1, /its tensors end at byte 10/],
  ])('refuses %s', (_, header, data, message) => {
    expect(errorOf(() => parse(fileOf(header, data))).message).toMatch(message);
  });

  it('refuses millions of tiny objects before they fill the memory', () => {
    const text = `{${Array.from({ length: 350_000 }, (_, i) => `"${i}":{"a":0}`).join(',')}}`;
    expect(errorOf(() => parse(fileOf(text))).message).toMatch(/more than 1000000 keys and values/);
  });

  it('shows a hostile name on one line, cut, without control characters', () => {
    const name = `\u001b[2J\n\u009b31m${'x'.repeat(100_000)}`;
    const { message } = errorOf(() => parse(fileOf({ [name]: entry('nope', [1], 0, 1) }, 1)));
    expect(message).toContain('\\u001b[2J\\n\\u009b31mxxx');
    expect(message).toContain('(100009 characters)');
  });
});
