import type { Dimension } from '../../model/activation-names.js';

/** An array of a whole batch, padded; its dimensions say which of them have the length of the longest sequence. */
export interface PaddedArray {
  /** The first is `batch`. */
  readonly dimensions: readonly Dimension[];
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The shape of one sequence's part of a padded array: without `batch`, `seq` as long as the sequence. */
export function rowShape({ dimensions, shape }: Omit<PaddedArray, 'data'>, length: number): number[] {
  return shape.slice(1).map((size, i) => (dimensions[i + 1] === 'seq' ? length : size));
}

/** One sequence's part of a padded array, without padding; a view where it is the whole array, else a copy. */
export function takeRow(array: PaddedArray, row: number, length: number): Float32Array {
  const shape = rowShape(array, length);
  const size = product(shape);
  if (size === array.data.length) {
    return array.data;
  }
  const values = new Float32Array(size);
  forEachRun(array, row, length, (padded, own, count) => {
    values.set(array.data.subarray(padded, padded + count), own);
  });
  return values;
}

/** Puts one sequence's part back into a padded array; the padding stays as it was. */
export function putRow(array: PaddedArray, row: number, length: number, values: Float32Array): void {
  forEachRun(array, row, length, (padded, own, count) => {
    array.data.set(values.subarray(own, own + count), padded);
  });
}

/** Copies values that are adjacent in both arrays: position in the padded one, position in the own one, count. */
type Run = (padded: number, own: number, count: number) => void;

function forEachRun(array: PaddedArray, row: number, length: number, run: Run): void {
  const padded = array.shape.slice(1);
  const own = rowShape(array, length);
  const last = own.at(-1) ?? 1;
  const lastPadded = padded.at(-1) ?? 1;
  const outer = own.slice(0, -1);
  const outerPadded = padded.slice(0, -1);
  const start = row * product(padded);
  for (let i = 0; i < product(outer); i++) {
    let rest = i;
    let place = 0;
    let stride = 1;
    for (let d = outer.length - 1; d >= 0; d--) {
      const size = outer[d] as number;
      place += (rest % size) * stride;
      rest = Math.floor(rest / size);
      stride *= outerPadded[d] as number;
    }
    run(start + place * lastPadded, i * last, last);
  }
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
