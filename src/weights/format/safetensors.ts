import * as library from 'safetensors';
import { quote } from '../../errors/quote.js';
import { scanKeys } from './json-keys.js';
import {
  assertCoverage,
  assertReadable,
  broken,
  isPlainObject,
  parseTensorEntry,
  type TensorEntry,
} from './tensor-entry.js';

export type { TensorEntry } from './tensor-entry.js';

/** The largest header that the format allows, in bytes. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Bytes before the header: its length as a little-endian unsigned 64-bit integer. */
export const HEADER_START = 8;

/** The one key of a header that is no tensor; it holds strings about the file. */
const METADATA = '__metadata__';

/** Depth: header, entry, array. Nodes: far more than any model has, and few enough for JSON.parse's memory. */
const LIMITS = { maxDepth: 3, maxNodes: 1_000_000 } as const;

/**
 * The length of a file's header; the caller then knows how much to read for {@link parseSafetensorsHeader}.
 *
 * @param first8 the first 8 bytes of the file, or fewer if it is shorter
 * @param fileSize size of the whole file in bytes
 * @param file its name, for messages
 * @returns bytes of the header, without the 8 bytes before it
 * @throws WeightFormatError if no header of a permitted length fits into the file
 */
export function safetensorsHeaderLength(first8: Uint8Array, fileSize: number, file: string): number {
  if (fileSize < HEADER_START || first8.byteLength < HEADER_START) {
    throw broken(
      file,
      `has ${Math.min(fileSize, first8.byteLength)} bytes; a safetensors file starts with 8`,
    );
  }
  const length = new DataView(first8.buffer, first8.byteOffset, HEADER_START).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw broken(file, `says that its header has ${length} bytes; the format allows ${MAX_HEADER_BYTES}`);
  }
  if (length > BigInt(fileSize - HEADER_START)) {
    throw broken(
      file,
      `says that its header has ${length} bytes; the file has ${fileSize - HEADER_START} after the length`,
    );
  }
  return Number(length);
}

/**
 * The tensors of a safetensors file, in the order of their bytes. The npm package `safetensors` reads the header; our
 * checks run before and after it, because the package validates nothing and fails on `__metadata__`.
 *
 * The returned entries cover everything after the header, without gap or overlap, and each has exactly the bytes that
 * its shape and dtype need.
 *
 * @param prefix the file's first 8 + header length bytes; more may follow
 * @param fileSize size of the whole file in bytes
 * @param file its name, for messages
 * @throws WeightFormatError if anything breaks the format; no other error, whatever the bytes are
 * @see https://github.com/huggingface/safetensors#format
 */
export function parseSafetensorsHeader(
  prefix: Uint8Array,
  fileSize: number,
  file: string,
): readonly TensorEntry[] {
  const length = safetensorsHeaderLength(prefix.subarray(0, HEADER_START), fileSize, file);
  const dataStart = HEADER_START + length;
  if (prefix.byteLength < dataStart) {
    throw broken(file, `ends inside its header: ${prefix.byteLength} of ${dataStart} bytes could be read`);
  }
  const text = headerText(prefix.subarray(HEADER_START, dataStart), file);
  const scan = scanKeys(text, LIMITS);
  if (scan.problem !== undefined) throw broken(file, `has a header that ${scan.problem}`);

  for (const [name, value] of Object.entries(parseHeader(text, file))) {
    if (name === METADATA) assertMetadata(value, file);
    else assertReadable(name, value, file);
  }
  const entries: TensorEntry[] = [];
  for (const [name, read] of readWithLibrary(withoutMetadata(text, scan.members), length)) {
    entries.push(parseTensorEntry(name, read, dataStart, fileSize, file));
  }
  // Empty tensors take no bytes. The second key sorts them before the tensor that starts at the same byte.
  entries.sort((a, b) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength);
  assertCoverage(entries, dataStart, fileSize, file);
  return entries;
}

function headerText(bytes: Uint8Array, file: string): string {
  if (bytes[0] !== 0x7b) throw broken(file, 'has a header that does not begin with "{"');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw broken(file, 'has a header that is not UTF-8', cause);
  }
}

function parseHeader(text: string, file: string): object {
  try {
    // It is an object, because the text begins with a brace.
    return JSON.parse(text) as object;
  } catch (cause) {
    throw broken(file, 'has a header that is not valid JSON', cause);
  }
}

function assertMetadata(value: unknown, file: string): void {
  if (!isPlainObject(value)) throw broken(file, `has ${quote(value)} as ${METADATA}; expected an object`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') {
      throw broken(file, `has ${quote(text)} as ${quote(key)} of ${METADATA}; expected a string`);
    }
  }
}

/** A valid header text without its `__metadata__` member, because the library expects only tensors. */
function withoutMetadata(text: string, members: ReadonlyMap<string, number>): string {
  const start = members.get(METADATA);
  if (start === undefined) return text;
  const starts = [...members.values()];
  const next = starts[starts.indexOf(start) + 1];
  if (next !== undefined) return text.slice(0, start) + text.slice(next);
  // It is the last member. Before it are a comma and white space, or the opening brace if it is the only member.
  const cut = starts.length > 1 ? text.lastIndexOf(',', start) : start;
  return text.slice(0, cut) + text.slice(text.lastIndexOf('}'));
}

/** Names, dtypes, shapes and places as the library reads them. The header keeps its length, and so the places stay right. */
function readWithLibrary(text: string, length: number): library.SafeTensor['metadata'] {
  // The memory is its own, from byte 0: the library reads the underlying ArrayBuffer and ignores a view's offset.
  const bytes = new Uint8Array(HEADER_START + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  new TextEncoder().encodeInto(text, bytes.subarray(HEADER_START));
  const SafeTensor = library.default?.SafeTensor ?? library.SafeTensor;
  return new SafeTensor(bytes).metadata;
}
