import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { writeWhole } from '../../files/write-whole.js';
import type { Bm25Parts } from '../../retrieval/bm25.js';
import type { FilePassage } from './read-text.js';

/** A file as it was read. */
export interface IndexedFile {
  readonly name: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly sha256: string;
  /** Undefined for a file that is no text. */
  readonly passages: readonly FilePassage[] | undefined;
}

/** What is written: the files with their passages, and the postings of all passages in that order. */
export interface StoredIndex {
  readonly files: readonly IndexedFile[];
  readonly bm25: Bm25Parts;
}

/** Changes whenever files of an older version would be read wrongly, or texts are cut in another way. */
const FORMAT = 'tfjs-reranker search 2';
const ARRAYS = ['starts', 'documents', 'frequencies', 'norms'] as const;

/**
 * Writes the index whole: a line with the format and the lengths of the parts, the parts (JSON, then the arrays, each
 * from a place that 8 divides), and a checksum of all before it.
 */
export async function writeIndex(file: string, { files, bm25 }: StoredIndex): Promise<void> {
  const { terms, ...arrays } = bm25;
  const json = Buffer.from(JSON.stringify({ files, terms }));
  const parts = [json, ...ARRAYS.map((name) => bytesOf(arrays[name]))];
  const head = Buffer.from(
    `${JSON.stringify({ format: FORMAT, lengths: parts.map(({ length }) => length) })}\n`,
  );
  const padded = [head, ...parts].flatMap((part) => [part, Buffer.alloc(-part.length & 7)]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(padded.reduce((crc, part) => crc32(part, crc), 0));
  await writeWhole(file, [...padded, sum]);
}

/** Of a part, in bytes. */
interface Place {
  readonly start: number;
  readonly length: number;
}

/** @returns undefined if there is no index, or one of another version, or a broken one: it is made anew then. */
export async function readIndex(file: string): Promise<StoredIndex | undefined> {
  try {
    const bytes = await readFile(file);
    const body = bytes.subarray(0, -4);
    if (crc32(body) !== bytes.readUInt32LE(bytes.length - 4)) return undefined;
    const headEnd = body.indexOf('\n') + 1;
    const { format, lengths } = JSON.parse(body.toString('utf8', 0, headEnd)) as {
      format: string;
      lengths: number[];
    };
    if (format !== FORMAT) return undefined;
    let at = headEnd + (-headEnd & 7);
    const places = lengths.map((length) => {
      const place = { start: at, length };
      at += length + (-length & 7);
      return place;
    }) as [Place, Place, Place, Place, Place];
    const [json, starts, documents, frequencies, norms] = places;
    const { files, terms } = JSON.parse(body.toString('utf8', json.start, json.start + json.length)) as Pick<
      StoredIndex,
      'files'
    > & { terms: string[] };
    // A view where the place is one that a number may have, so that large indexes are not copied.
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
    const integers = ({ start, length }: Place): Uint32Array =>
      new Uint32Array(aligned.buffer, aligned.byteOffset + start, length / 4);
    return {
      files,
      bm25: {
        terms,
        starts: integers(starts),
        documents: integers(documents),
        frequencies: integers(frequencies),
        norms: new Float64Array(aligned.buffer, aligned.byteOffset + norms.start, norms.length / 8),
      },
    };
  } catch {
    return undefined;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Float64Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
