import fc from 'fast-check';
import { expect, test } from 'vitest';
import { putRow, rowShape, takeRow } from '../../../dist/inspection/trace/row-of-batch.js';
import type { Dimension } from '../../../dist/model/activation-names.js';

const WORDS: readonly (readonly Dimension[])[] = [
  ['batch', 'seq', 'hidden'],
  ['batch', 'heads', 'seq', 'seq'],
  ['batch', 'hidden'],
];

const arrays = fc
  .record({
    dimensions: fc.constantFrom(...WORDS),
    sizes: fc.record({ hidden: fc.integer({ min: 1, max: 4 }), heads: fc.integer({ min: 1, max: 3 }) }),
    lengths: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  })
  .map(({ dimensions, sizes, lengths }) => {
    const seq = Math.max(...lengths);
    const shape = dimensions.map((word) => ({ ...sizes, batch: lengths.length, seq })[word as 'seq']);
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);
    return { array: { dimensions, shape, data }, lengths };
  });

/** By definition: every place of the sequence's own array, looked up in the padded one. */
function byDefinition(
  {
    dimensions,
    shape,
    data,
  }: { dimensions: readonly Dimension[]; shape: readonly number[]; data: Float32Array },
  row: number,
  length: number,
): number[] {
  const own = rowShape({ dimensions, shape }, length);
  const visit = (prefix: readonly number[]): number[] => {
    if (prefix.length === own.length) {
      const place = [row, ...prefix].reduce((sum, index, d) => sum * (shape[d] as number) + index, 0);
      return [data[place] as number];
    }
    return Array.from({ length: own[prefix.length] as number }).flatMap((_, i) => visit([...prefix, i]));
  };
  return visit([]);
}

test('a row has the values of its places', () => {
  fc.assert(
    fc.property(arrays, ({ array, lengths }) => {
      for (const [row, length] of lengths.entries()) {
        expect([...takeRow(array, row, length)]).toEqual(byDefinition(array, row, length));
      }
    }),
  );
});

test('values put into a row can be taken out again, and nothing else changes', () => {
  fc.assert(
    fc.property(arrays, fc.nat(), ({ array, lengths }, any) => {
      const row = any % lengths.length;
      const length = lengths[row] as number;
      const before = array.data.slice();
      const taken = takeRow(array, row, length);
      const values = taken.map((_, i) => -1 - i);
      const changed = { ...array, data: before.slice() };
      putRow(changed, row, length, values);
      expect(takeRow(changed, row, length)).toEqual(values);
      expect(changed.data.filter((value) => value < 0)).toHaveLength(values.length);
      putRow(changed, row, length, taken);
      expect(changed.data).toEqual(before);
    }),
  );
});
