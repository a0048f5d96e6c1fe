import { describe, expect, it } from 'vitest';
import { quote, quoteShape } from '../../dist/errors/quote.js';

describe('quote', () => {
  it.each<[unknown, string]>([
    ['词 "a"\n', '"词 \\"a\\"\\n"'],
    ['\u009b\u202e\u007f\u2028', '"\\u009b\\u202e\\u007f\\u2028"'],
    [1e300, '1e+300'],
    [null, 'null'],
    [false, 'false'],
    [undefined, 'undefined'],
    [['a', 1, null, [1], {}], '["a", 1, null, …, …]'],
    [Array(9).fill(0), '[0, 0, 0, 0, 0, 0, 0, 0, … 9 in all]'],
    [{ a: 1, b: {} }, '{"a": …, "b": …}'],
    [{ a: 1, b: 1, c: 1, d: 1, e: 1 }, '{"a": …, "b": …, "c": …, "d": …, … 5 in all}'],
  ])('%j', (value, text) => {
    expect(quote(value)).toBe(text);
  });

  it('cuts long strings and says how long they are', () => {
    expect(quote('x'.repeat(121))).toBe(`"${'x'.repeat(120)}"… (121 characters)`);
    expect(quote('x'.repeat(120))).toBe(`"${'x'.repeat(120)}"`);
    expect(quote(['x'.repeat(50)])).toBe(`["${'x'.repeat(40)}"… (50 characters)]`);
  });
});

describe('quoteShape', () => {
  it('writes a shape as Python does and cuts a hostile one', () => {
    expect(quoteShape([])).toBe('[]');
    expect(quoteShape([768, 3072])).toBe('[768, 3072]');
    expect(quoteShape(Array(1000).fill(1))).toBe('[1, 1, 1, 1, 1, 1, 1, 1, … 1000 dimensions]');
  });
});
