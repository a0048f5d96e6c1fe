import { RawJson } from '../../encoding/raw-json.js';
import { InputError } from '../../errors/errors.js';
import type { RerankDocument } from '../../reranker/check-inputs.js';
import { openInput } from './input.js';
import type { Io } from './io.js';
import { describeJson } from './jsonl.js';
import { type Line, readAllLines } from './lines.js';

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
  const input = await openInput(path, io);
  const { name } = input;
  const lines = await readAllLines(input);
  const bad = lines.find(({ problem }) => problem !== undefined);
  if (bad !== undefined) {
    throw new InputError(`${name} line ${bad.number}: ${bad.problem}`);
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
    return toRerankDocument(document, text.trim());
  }
  throw new InputError(`${place} is ${describeDocument(document)}${hint}`);
}

/** Whether a JSON value is a document: a string, or an object with a string `text`. */
export function isDocument(value: unknown): value is RerankDocument {
  return typeof (isObject(value) ? value.text : value) === 'string';
}

/** A document of a JSON file: an object comes back as it was written. */
class JsonDocument extends RawJson {
  constructor(
    readonly text: string,
    json: string,
  ) {
    super(json);
  }
}

/** @param json what the document was written as. */
export function toRerankDocument(document: RerankDocument, json: string): RerankDocument {
  return typeof document === 'string' ? document : new JsonDocument(document.text, json);
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
