import { InputError } from '../errors/errors.js';

/** A document: its text, or an object with `text` and any other fields (an id, metadata), which are returned. */
export type RerankDocument = string | { readonly text: string };

/** @throws InputError for the first value that is neither a text nor a pair of texts. */
export function assertInputs(inputs: readonly unknown[]): void {
  for (const [i, input] of inputs.entries()) {
    assertInput(input, `inputs[${i}]`);
  }
}

/** @throws InputError if the input is neither a text nor a pair of texts. */
function assertInput(input: unknown, place: string): void {
  if (typeof input === 'string') {
    return;
  }
  const pair: Partial<Record<string, unknown>> = typeof input === 'object' ? { ...input } : {};
  if (pair.query === undefined && pair.document === undefined) {
    const what = typeof input === 'object' && input !== null ? 'an object without them' : describe(input);
    throw new InputError(
      `${place} is ${what}; it must be an object with "query" and "document", or a string.`,
    );
  }
  for (const field of ['query', 'document'] as const) {
    if (typeof pair[field] !== 'string') {
      throw new InputError(`${place}.${field} is ${describe(pair[field])}; it must be a string.`);
    }
  }
}

/** The text of a document. @throws InputError when it has none. */
export function textOf(document: RerankDocument, place: string): string {
  const text = typeof document === 'object' ? document?.text : document;
  if (typeof text !== 'string') {
    const what =
      typeof document === 'object' && document !== null ? 'an object without it' : describe(document);
    throw new InputError(`${place} is ${what}; a document is a string or an object with a string "text".`);
  }
  return text;
}

function describe(value: unknown): string {
  if (value === undefined || value === null) {
    return value === null ? 'null' : 'missing';
  }
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
