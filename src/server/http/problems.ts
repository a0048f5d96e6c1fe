import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};
/** Most characters quoted of a value: enough to recognize it. */
const QUOTED_LENGTH = 40;

/** What is wrong with a field: where, expected and got: `top_n: an integer of at least 0, got -1`. */
export function describeProblem(issue: Issue, json: unknown): string {
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.flat().find(({ path }) => path.length > 0); // the kind is right, but something inside is wrong
    if (inner !== undefined) {
      return describeProblem({ ...inner, path: [...issue.path, ...inner.path] }, json);
    }
  }
  const value = issue.path.reduce<unknown>(
    (inside, step) => (inside as Record<PropertyKey, unknown> | undefined)?.[step],
    json,
  );
  return `${placeOf(issue.path)}: ${expected(issue)}, got ${got(issue, value)}`;
}

function got(issue: Issue, value: unknown): string {
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    return String(Array.isArray(value) ? value.length : value);
  }
  const isOfWrongKind = issue.code === 'invalid_type' || issue.code === 'invalid_union';
  return isOfWrongKind ? kindOf(value) : show(value);
}

function expected(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'too_small':
      return `at least ${issue.minimum}${issue.origin === 'array' ? ' in the list' : ''}`;
    case 'too_big':
      return `at most ${issue.maximum}${issue.origin === 'array' ? ' in the list' : ''}`;
    default:
      return issue.message; // the schemas' own words
  }
}

/** The kind of a JSON value, for messages. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) {
    return value === null ? 'null' : 'nothing';
  }
  if (typeof value === 'boolean') {
    return String(value);
  }
  return Array.isArray(value) ? 'a list' : (KINDS[typeof value] ?? `a ${typeof value}`);
}

function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > QUOTED_LENGTH ? `${value.slice(0, QUOTED_LENGTH)}…` : value);
  }
  return typeof value === 'number' ? String(value) : kindOf(value);
}

function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : String(step)))
    .join('.')
    .replaceAll('.[', '[');
}
