/**
 * A JSON value as it was written. It is kept as text, because reading and writing again would change
 * `1234567890123456789`, `1.0`, `1e400`, `-0`, the order of keys that are numbers, and duplicate keys.
 */
export class RawJson {
  /** The text on one line. In valid JSON, line ends are only between values, where they have no meaning. */
  readonly raw: string;

  /** @param text valid JSON. */
  constructor(text: string) {
    this.raw = text.replaceAll(/[\n\r][\n\r\t ]*/g, '');
  }
}

/** A member of an object in a JSON text, with its position. */
export interface Member {
  readonly key: string;
  /** After the comma or the brace before it. */
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  /** Before the comma or the brace after it. */
  readonly end: number;
}

/**
 * The members of an object, in the order in which they are written. A duplicate key appears twice; JSON.parse returns
 * its last value.
 *
 * @param text valid JSON, an object: JSON.parse has accepted it.
 */
export function* members(text: string): Generator<Member> {
  let start = text.indexOf('{') + 1;
  for (let i = skipBlanks(text, start); text[i] !== '}'; ) {
    const keyEnd = stringEnd(text, i);
    const valueStart = skipBlanks(text, skipBlanks(text, keyEnd) + 1);
    const valueEnd = endOf(text, valueStart);
    const end = skipBlanks(text, valueEnd);
    yield { key: JSON.parse(text.slice(i, keyEnd)) as string, start, valueStart, valueEnd, end };
    if (text[end] === '}') {
      return;
    }
    start = end + 1;
    i = skipBlanks(text, start);
  }
}

/** The text of a member's value; undefined if the object has no such member. */
export function memberText(object: string, name: string): string | undefined {
  let found: Member | undefined;
  for (const member of members(object)) {
    if (member.key === name) {
      found = member;
    }
  }
  return found && object.slice(found.valueStart, found.valueEnd);
}

/** The texts of a list's elements. @param text valid JSON, a list. */
export function elementTexts(text: string): string[] {
  const elements: string[] = [];
  for (let i = skipBlanks(text, text.indexOf('[') + 1); text[i] !== ']'; ) {
    const end = endOf(text, i);
    elements.push(text.slice(i, end));
    const next = skipBlanks(text, end);
    if (text[next] === ']') {
      break;
    }
    i = skipBlanks(text, next + 1);
  }
  return elements;
}

/**
 * An object with some members set and some removed; everything else stays as written. A duplicate key is set in both
 * places, so that every reader sees the same.
 *
 * @param text valid JSON, an object.
 * @param set values, written as {@link stringifyJson} does; undefined values change nothing.
 */
export function withMembers(
  text: string,
  set: Readonly<Record<string, unknown>>,
  omit: readonly string[] = [],
): string {
  const missing = new Map(Object.entries(set).filter(([, value]) => value !== undefined));
  const parts: string[] = [];
  for (const { key, start, valueStart, valueEnd, end } of members(text)) {
    if (omit.includes(key)) {
      continue;
    }
    const isSet = Object.hasOwn(set, key) && set[key] !== undefined;
    missing.delete(key);
    parts.push(
      isSet
        ? text.slice(start, valueStart) + stringifyJson(set[key]) + text.slice(valueEnd, end)
        : text.slice(start, end),
    );
  }
  for (const [key, value] of missing) {
    parts.push(`${JSON.stringify(key)}:${stringifyJson(value)}`);
  }
  return `{${parts.join(',')}}`;
}

/** Like JSON.stringify for plain data. A {@link RawJson} is written as it was, and a bigint with all its digits. */
export function stringifyJson(value: unknown): string {
  if (value instanceof RawJson) {
    return value.raw;
  }
  if (typeof value === 'bigint') {
    return String(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => stringifyJson(item ?? null)).join(',')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => `${JSON.stringify(key)}:${stringifyJson(inner)}`);
    return `{${parts.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** Position after the value that begins at `start`. Nothing here recurses, however deep the value is. */
function endOf(text: string, start: number): number {
  const first = text[start];
  if (first === '"') {
    return stringEnd(text, start);
  }
  if (first !== '{' && first !== '[') {
    return search(/[,\]}\s]|$/g, text, start);
  }
  const structure = /["{}[\]]/g;
  let depth = 0;
  let i = start;
  do {
    i = search(structure, text, i);
    const char = text[i];
    if (char === '"') {
      i = stringEnd(text, i);
      continue;
    }
    depth += char === '{' || char === '[' ? 1 : -1;
    i += 1;
  } while (depth > 0);
  return i;
}

/** Position after the closing quote of the string that begins at `start`. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    if (quote === -1) {
      throw new TypeError('The text is not valid JSON.'); // the caller promised it; without this check the loop would never end
    }
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') {
      backslashes += 1;
    }
    if (backslashes % 2 === 0) {
      return quote + 1;
    }
  }
}

function skipBlanks(text: string, from: number): number {
  return search(/[^ \t\n\r]|$/g, text, from);
}

function search(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}
