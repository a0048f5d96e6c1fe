import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  elementTexts,
  members,
  memberText,
  RawJson,
  stringifyJson,
  withMembers,
} from '../../dist/encoding/raw-json.js';

/** JSON as people write it: any value, with spaces where they are allowed. */
const jsonText = fc
  .tuple(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, indent]) => JSON.stringify(value, undefined, indent));

/** Numbers that JavaScript writes in another form. */
const NUMBERS = [
  '1234567890123456789',
  '-9223372036854775808',
  '1.0',
  '1e400',
  '-0',
  '0.1000000000000000055',
];

describe('slices of JSON', () => {
  test('elements are those of JSON.parse', () => {
    fc.assert(
      fc.property(fc.array(jsonText), fc.constantFrom('', ' ', '\r\n\t'), (values, blank) => {
        const text = `${blank}[${blank}${values.map((value) => blank + value + blank).join(',')}]${blank}`;
        expect(elementTexts(text)).toEqual(values);
      }),
    );
  });

  test('members are those of JSON.parse', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 6 }),
        fc.constantFrom(0, 2),
        (object, indent) => {
          const text = JSON.stringify(object, undefined, indent);
          const found = [...members(text)].map(({ key, valueStart, valueEnd }) => [
            key,
            JSON.parse(text.slice(valueStart, valueEnd)),
          ]);
          expect(Object.fromEntries(found)).toEqual(JSON.parse(text));
          expect(found).toHaveLength(Object.keys(object).length);
        },
      ),
    );
  });

  test('strings end where they end', () => {
    const object = String.raw`{"a\"}":"\\","b":["\\\"]",{"c":"}"}],"d" : 1 }`;
    expect(memberText(object, 'a"}')).toBe(String.raw`"\\"`);
    expect(memberText(object, 'b')).toBe(String.raw`["\\\"]",{"c":"}"}]`);
    expect(memberText(object, 'd')).toBe('1');
    expect(memberText(object, 'c')).toBeUndefined();
  });

  test('of a duplicate key the last value counts, as in JSON.parse, in any notation', () => {
    const text = String.raw`{"id":1,"\u0069d":2}`;
    expect(JSON.parse(text)).toEqual({ id: 2 });
    expect(memberText(text, 'id')).toBe('2');
  });

  test('nesting of any depth', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(memberText(`{"a":${deep},"b":1}`, 'a')).toBe(deep);
  });
});

describe('objects with members set', () => {
  test.each([
    ['{"id": 12345678901234567890, "x":1.50 }', '{"id": 12345678901234567890, "x":1.50 ,"logit":1}'],
    ['{"logit":7,"id":1.0}', '{"logit":1,"id":1.0}'],
    ['{"2":0,"logit" : [7] ,"1":0}', '{"2":0,"logit" : 1 ,"1":0}'],
    ['{"logit":7,"id":1,"logit":8,"id":2}', '{"logit":1,"id":1,"logit":1,"id":2}'],
    ['{"__proto__":{"logit":7}}', '{"__proto__":{"logit":7},"logit":1}'],
    ['{ }', '{"logit":1}'],
  ])('%s', (text, expected) => {
    expect(withMembers(text, { logit: 1, none: undefined })).toBe(expected);
  });

  test('and left out', () => {
    expect(withMembers('{"a":1,"b":2, "c":3}', {}, ['b'])).toBe('{"a":1, "c":3}');
    expect(withMembers('{"b":2,"c":3}', {}, ['b'])).toBe('{"c":3}');
    expect(withMembers('{"b":2}', {}, ['b'])).toBe('{}');
  });
});

describe('values as they were written', () => {
  test.each(NUMBERS)('%s', (number) => {
    expect(stringifyJson({ results: [{ id: new RawJson(number) }] })).toBe(`{"results":[{"id":${number}}]}`);
  });

  test('are on one line', () => {
    const pretty = JSON.stringify({ text: 'a\n\u2028 b', list: [1, 2] }, undefined, 2).replaceAll(
      '\n',
      '\r\n',
    );
    const { raw } = new RawJson(pretty);
    expect(raw).not.toMatch(/[\r\n]/);
    expect(JSON.parse(raw)).toEqual(JSON.parse(pretty));
  });

  test('everything else as JSON.stringify writes it, and integers of any size', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(stringifyJson(value)).toBe(JSON.stringify(value));
      }),
    );
    expect(stringifyJson([undefined, Number.NaN, { a: undefined, b: null }, 2n ** 64n])).toBe(
      '[null,null,{"b":null},18446744073709551616]',
    );
  });
});
