import { describe, expect, it } from 'vitest';
import { Charsmap } from '../../dist/tokenizer/charsmap.js';
import { JsonField } from '../../dist/tokenizer/json-field.js';

const LEAF = 1 << 8;
const VALUE = 0x8000_0000;

/** A table with the rules a -> B and NUL -> B; the double array is written by hand. */
function table(): string {
  const units = new Uint32Array(128);
  const offset = (value: number) => value << 10;
  units[0] = offset(1);
  units[1 ^ 0x61] = 0x61 | LEAF | offset(2);
  units[1 ^ 0x61 ^ 2] = VALUE;
  units[1] = LEAF | offset(3);
  units[1 ^ 3] = VALUE;
  const bytes = new Uint8Array(4 + units.byteLength + 2);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, units.byteLength, true);
  units.forEach((unit, i) => {
    view.setUint32(4 + 4 * i, unit, true);
  });
  bytes.set([0x42, 0], 4 + units.byteLength);
  return btoa(String.fromCharCode(...bytes));
}

describe('Charsmap', () => {
  const charsmap = Charsmap.parse(new JsonField(table(), 'tokenizer.json'));

  it('finds the rule of the shortest prefix', () => {
    expect(charsmap.lookup('a')).toBe('B');
    expect(charsmap.lookup('a\u0301')).toBe('B');
  });

  it('has no rule for other texts or the empty text, and never one for NUL', () => {
    for (const text of ['b', '', '\u0301a', '中', '\0', '\0a']) expect(charsmap.lookup(text)).toBeUndefined();
  });
});
