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
/** Of a value that is quoted: enough to know it again. */
const QUOTED_LENGTH = 40;

/** What is wrong with a field: where, what was expected, and what came: `top_n: an integer of at least 0, got -1`. */
export function describeProblem(issue: Issue, json: unknown): string {
  const value = issue.path.reduce<unknown>(
    (inside, step) => (inside as Record<PropertyKey, unknown>)[step],
    json,
  );
  const got = issue.code === 'invalid_type' || issue.code === 'invalid_union' ? kindOf(value) : show(value);
  return `${placeOf(issue.path)}: ${expected(issue)}, got ${got}`;
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

/** What a JSON value is. */
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
  if (Array.isArray(value)) {
    return String(value.length);
  }
  return typeof value === 'number' ? String(value) : kindOf(value);
}

function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : String(step)))
    .join('.')
    .replaceAll('.[', '[');
}
