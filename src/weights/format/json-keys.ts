import { quote } from '../../errors/quote.js';

/** Limits of a JSON text. */
export interface KeyScanLimits {
  /** Deepest nesting; the outermost object is level 1. */
  readonly maxDepth: number;
  /** Most keys, objects and arrays, all counted together. */
  readonly maxNodes: number;
}

/** The result of a scan: the members of the outermost object, or the first problem. */
export type KeyScan =
  | { readonly problem: string }
  | {
      readonly problem: undefined;
      /** Where the key of each member of the outermost object starts in the text, in the order of the text. */
      readonly members: ReadonlyMap<string, number>;
    };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * Scans a JSON text for what `JSON.parse` hides or cannot survive: a key that occurs twice in one object (`JSON.parse`
 * keeps the last one silently; `"a"` and `"\u0061"` are the same key), and nesting or numbers of containers that no
 * honest file has (millions of tiny objects would end the process for lack of memory).
 *
 * It does not check the grammar: in valid JSON a string is a key exactly if a colon follows. `JSON.parse` must run too,
 * before or after.
 *
 * @param text the whole text
 * @param limits the most that is accepted
 */
export function scanKeys(text: string, limits: KeyScanLimits): KeyScan {
  const members = new Map<string, number>();
  /** Keys seen so far in each container that is open at this point. */
  const open: Set<string>[] = [];
  let nodes = 0;

  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '{' || char === '[') {
      if (open.length === limits.maxDepth) {
        return { problem: `is nested deeper than ${limits.maxDepth} levels at character ${i}` };
      }
      open.push(new Set());
      nodes++;
    } else if (char === '}' || char === ']') {
      open.pop();
    } else if (char === '"') {
      const end = stringEnd(text, i);
      const seen = open.at(-1);
      if (seen !== undefined && isKey(text, end)) {
        const key = parseString(text.slice(i, end));
        if (key === undefined) return { problem: `is not valid JSON: bad string at character ${i}` };
        if (seen.has(key)) return { problem: `has the key ${quote(key)} twice in one object` };
        seen.add(key);
        if (open.length === 1) members.set(key, i);
        nodes++;
      }
      i = end - 1;
    }
    if (nodes > limits.maxNodes) return { problem: `has more than ${limits.maxNodes} keys and values` };
  }
  return { problem: undefined, members };
}

/** Index after the closing quote of the string that starts at `start`, or the text's length if it has none. */
function stringEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i + 1;
  }
  return text.length;
}

/** Whether a colon follows, white space skipped. */
function isKey(text: string, from: number): boolean {
  let i = from;
  while (isJsonSpace(text.charCodeAt(i))) i++;
  return text.charCodeAt(i) === COLON;
}

/** NaN (past the end) is not white space. */
function isJsonSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function parseString(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
