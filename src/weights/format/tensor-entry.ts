import { WeightFormatError } from '../../errors/errors.js';
import { quote, quoteShape } from '../../errors/quote.js';
import { type Dtype, dtypeByteLength, FILE_DTYPES, isDtype } from './dtype.js';

/** One tensor of a safetensors file: type, shape and place. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  /** Sizes, row-major; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly byteOffset: number;
  /** Exactly the product of `shape` times the size of `dtype`. */
  readonly byteLength: number;
}

/** A WeightFormatError about `file`: `text` continues the sentence that begins with the file's name. */
export function broken(file: string, text: string, cause?: unknown): WeightFormatError {
  return new WeightFormatError(`${file} ${text}.`, file, cause === undefined ? undefined : { cause });
}

/** Whether `value` is what JSON calls an object. */
export function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Checks those parts of a header's member that the npm package `safetensors` does not: it maps over `data_offsets` and
 * adds to each, and would turn `null` and `true` into places in the file.
 *
 * @param name the member's key
 * @param value the member's value, anything that JSON can hold
 * @param file its name, for messages
 * @throws WeightFormatError if the value is no object or its data_offsets are not two integers
 */
export function assertReadable(name: string, value: unknown, file: string): void {
  if (/\p{Surrogate}/u.test(name)) {
    throw broken(file, `names tensor ${quote(name)}, which is not well-formed Unicode`);
  }
  if (!isPlainObject(value)) {
    throw broken(file, `has ${quote(value)} as tensor ${quote(name)}; expected an object`);
  }
  const offsets = new Map<string, unknown>(Object.entries(value)).get('data_offsets');
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw broken(
      file,
      `gives tensor ${quote(name)} the data_offsets ${quote(offsets)}; expected two non-negative integers`,
    );
  }
}

/** An entry as the npm package returns it: `data_offsets` are counted from the start of the file. */
export interface ReadEntry {
  readonly dtype: unknown;
  readonly shape: unknown;
  readonly data_offsets: readonly number[];
}

/**
 * One tensor of a safetensors header, checked.
 *
 * @param name its name
 * @param read the entry in the header
 * @param dataStart the file's first byte after the header
 * @param fileSize size of the whole file in bytes
 * @param file its name, for messages
 * @throws WeightFormatError if dtype or shape are missing or malformed, the place is outside the file, or they
 *   contradict each other
 */
export function parseTensorEntry(
  name: string,
  read: ReadEntry,
  dataStart: number,
  fileSize: number,
  file: string,
): TensorEntry {
  const { dtype, shape } = read;
  const at = `tensor ${quote(name)}`;
  if (!isDtype(dtype)) {
    throw broken(file, `gives ${at} the dtype ${quote(dtype)}; the format knows ${FILE_DTYPES.join(', ')}`);
  }
  if (!isSizes(shape)) {
    throw broken(file, `gives ${at} the shape ${quote(shape)}; expected an array of non-negative integers`);
  }
  const [begin, end] = read.data_offsets as [number, number];
  if (begin > end || end > fileSize) {
    throw broken(
      file,
      `puts ${at} at bytes ${begin - dataStart} to ${end - dataStart} of its data, which has ${fileSize - dataStart}`,
    );
  }
  const needed = tensorByteLength(dtype, shape);
  if (needed === undefined) {
    throw broken(file, `gives ${at} the shape ${quoteShape(shape)} of ${dtype}, which no file can hold`);
  }
  if (end - begin !== needed) {
    throw broken(file, `gives ${at} ${end - begin} bytes; ${dtype} ${quoteShape(shape)} takes ${needed}`);
  }
  return { name, dtype, shape, byteOffset: begin, byteLength: needed };
}

/**
 * Checks that tensors cover the data of a file exactly.
 *
 * @param entries in the order of their bytes
 * @throws WeightFormatError if bytes belong to no tensor or to two
 */
export function assertCoverage(
  entries: readonly TensorEntry[],
  dataStart: number,
  fileSize: number,
  file: string,
): void {
  let covered = dataStart;
  let before: TensorEntry | undefined;
  for (const entry of entries) {
    if (entry.byteOffset < covered) {
      throw broken(
        file,
        `puts tensor ${quote(entry.name)} at byte ${entry.byteOffset}, over tensor ${quote(before?.name)} (to ${covered})`,
      );
    }
    if (entry.byteOffset > covered) {
      throw broken(
        file,
        `has ${entry.byteOffset - covered} bytes before tensor ${quote(entry.name)} that belong to no tensor`,
      );
    }
    covered = entry.byteOffset + entry.byteLength;
    before = entry;
  }
  if (covered !== fileSize) {
    throw broken(file, `has ${fileSize} bytes; its tensors end at byte ${covered}`);
  }
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Bytes of a tensor; undefined if a product exceeds the safe integers or the bytes are no whole number. */
function tensorByteLength(dtype: Dtype, shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return dtypeByteLength(dtype, count);
}
