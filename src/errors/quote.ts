/** Characters shown of a string, so that a hostile name of a megabyte does not fill the message. */
const MAX_SHOWN = 120;

/** Characters that JSON does not escape, although a terminal acts on them or reverses the line. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Formats a value from a file (a name, a shape, a field) for an error message: JSON on one line, without control
 * characters, with long strings and containers cut. It never throws.
 *
 * @param value anything that JSON.parse can return; other values are shown by their type
 */
export function quote(value: unknown): string {
  const json = toJson(value, MAX_SHOWN);
  return json.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Formats a shape for messages: `[768, 3072]`, cut after 8 dimensions. */
export function quoteShape(shape: readonly number[]): string {
  const shown = shape.slice(0, 8).join(', ');
  return shape.length > 8 ? `[${shown}, … ${shape.length} dimensions]` : `[${shown}]`;
}

/** Shows the first items of a container in short, and containers inside of it only as `…`. */
function toJson(value: unknown, mostCharacters: number): string {
  if (typeof value === 'string') {
    const shown = JSON.stringify(value.slice(0, mostCharacters));
    return value.length > mostCharacters ? `${shown}… (${value.length} characters)` : shown;
  }
  if (Array.isArray(value)) {
    const items = value.slice(0, 8).map((item) => (isContainer(item) ? '…' : toJson(item, 40)));
    return `[${items.join(', ')}${value.length > 8 ? `, … ${value.length} in all` : ''}]`;
  }
  if (isContainer(value)) {
    const keys = Object.keys(value);
    const shown = keys.slice(0, 4).map((key) => `${toJson(key, 40)}: …`);
    return `{${shown.join(', ')}${keys.length > 4 ? `, … ${keys.length} in all` : ''}}`;
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return typeof value;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
