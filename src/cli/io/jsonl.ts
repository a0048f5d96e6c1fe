import { withMembers } from '../../encoding/raw-json.js';

/** An object as it came on a line: what was written, and what it means. */
export interface JsonObject {
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What is known of a line that could not be read. */
export const NO_FIELDS: JsonObject = { text: '{}', fields: {} };

/** The object on a line, or what is wrong with the line. */
export function parseJsonObject(line: string): JsonObject | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return `The line is not JSON: ${(error as Error).message}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `The line is ${describeJson(value)}; a JSON object is expected.`;
  }
  return { text: line.trim(), fields: value as Record<string, unknown> };
}

/** What a JSON value is, for messages. */
export function describeJson(value: unknown): string {
  if (value === undefined || value === null) {
    return value === null ? 'null' : 'missing';
  }
  if (Array.isArray(value)) {
    return 'a list';
  }
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/**
 * A line with its answer, or with `error` and `line` where it has none. What an earlier run answered, as in a file that
 * comes out of the same command, and this one does not say anew, is left out; all else stays as it was written.
 *
 * @param answers fields that an answer may have.
 */
export function withAnswer(
  source: JsonObject,
  answer: Readonly<Record<string, unknown>>,
  answers: readonly string[],
  omit: readonly string[] = [],
): string {
  const { error, line } = source.fields;
  const failed = typeof error === 'string' && typeof line === 'number' ? ['error', 'line'] : [];
  const stale = [...answers, ...failed].filter((name) => !(name in answer));
  return `${withMembers(source.text, answer, [...omit, ...stale])}\n`;
}
