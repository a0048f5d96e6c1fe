import { InputError } from '../errors.js';
import type { RerankDocument } from '../reranker/reranker.js';
import { openInput } from './input.js';
import type { Io } from './io.js';
import { describeJson } from './jsonl.js';
import { type Line, readAllLines, TOO_LONG } from './lines.js';

/** How documents are written: a text a line, or a JSON string or object with `text` a line. */
export type DocumentFormat = 'auto' | 'text' | 'jsonl';

/**
 * Reads documents, one a line, blank lines skipped.
 *
 * `auto` takes `.jsonl` and `.ndjson` for JSONL, and else a file each of whose lines starts with `{` or `"`.
 *
 * @throws InputError that names file and line.
 */
export async function readDocuments(path: string, format: DocumentFormat, io: Io): Promise<RerankDocument[]> {
  const { name, stream } = await openInput(path, io);
  const lines = await readAllLines(stream);
  const long = lines.find(({ tooLong }) => tooLong);
  if (long !== undefined) {
    throw new InputError(`${name} line ${long.number}: ${TOO_LONG}`);
  }
  const isJson = format === 'auto' ? looksLikeJson(name, lines) : format === 'jsonl';
  return lines.map((line) => (isJson ? parseDocument(line, name, format) : line.text));
}

function looksLikeJson(name: string, lines: readonly Line[]): boolean {
  return /\.(jsonl|ndjson)$/i.test(name) || lines.every(({ text }) => /^\s*[{"]/.test(text));
}

function parseDocument({ text, number }: Line, name: string, format: DocumentFormat): RerankDocument {
  const place = `${name} line ${number}`;
  const hint = format === 'auto' ? ' If these are plain texts, say --documents-format text.' : '';
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${place} is not JSON: ${(cause as Error).message}.${hint}`, { cause });
  }
  if (isDocument(document)) {
    return document;
  }
  throw new InputError(`${place} is ${describeDocument(document)}${hint}`);
}

/** Whether a JSON value is a document: a string, or an object with a string `text`. */
export function isDocument(value: unknown): value is RerankDocument {
  return typeof (isObject(value) ? value.text : value) === 'string';
}

/** What is wrong with a value that is no document: `a number; a document is ...`. */
export function describeDocument(value: unknown): string {
  const what = isObject(value)
    ? `an object whose "text" is ${describeJson(value.text)}`
    : describeJson(value);
  return `${what}; a document is a string or an object with a string "text".`;
}

function isObject(value: unknown): value is { readonly text?: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
