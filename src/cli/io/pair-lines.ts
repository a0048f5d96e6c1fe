import type { ScoreInput, TextPair } from '../../engine/types.js';
import { describeJson, type JsonObject, NO_FIELDS, parseJsonObject } from './jsonl.js';
import type { BadLine, Line } from './lines.js';

/** How pairs are written: an object a line, or texts between tabs. */
export type PairFormat = 'jsonl' | 'tsv';

/** A line with a pair in it. */
export interface PairLine {
  readonly source: JsonObject;
  readonly pair: TextPair;
}

/** A line with a pair, or with a text alone. */
export interface InputLine {
  readonly source: JsonObject;
  readonly input: ScoreInput;
}

/** By the file's name; else by the first line: a tab, and no object, is TSV. */
export function detectPairFormat(name: string, firstLine: string): PairFormat {
  if (/\.(jsonl|ndjson|json)$/i.test(name)) {
    return 'jsonl';
  }
  const hasTab = firstLine.includes('\t') && !firstLine.trimStart().startsWith('{');
  return /\.tsv$/i.test(name) || hasTab ? 'tsv' : 'jsonl';
}

/** Reads a line that must be a pair; it never throws. */
export function parsePairLine(line: Line, format: PairFormat, inputName: string): PairLine | BadLine {
  const parsed = parseInputLine(line, format, inputName);
  if ('error' in parsed) {
    return parsed;
  }
  const { source, input } = parsed;
  return typeof input === 'string'
    ? {
        source,
        error: `${inputName} line ${line.number}: This is a text alone; "query" and "document" are needed here.`,
      }
    : { source, pair: input };
}

/** Reads a line that may be a text alone, `{"text"}` in JSON, or a pair; it never throws. */
export function parseInputLine(line: Line, format: PairFormat, inputName: string): InputLine | BadLine {
  const bad = (problem: string, source = NO_FIELDS): BadLine => ({
    source,
    error: `${inputName} line ${line.number}: ${problem}`,
  });
  if (line.problem !== undefined) {
    return bad(line.problem);
  }
  return format === 'tsv' ? parseTsv(line.text, bad) : parseJson(line.text, bad);
}

type Bad = (problem: string, source?: JsonObject) => BadLine;

function parseJson(line: string, bad: Bad): InputLine | BadLine {
  const source = parseJsonObject(line);
  if (typeof source === 'string') {
    return bad(source);
  }
  const { query, document, text } = source.fields;
  if (query === undefined && document === undefined && text !== undefined) {
    return typeof text === 'string'
      ? { source, input: text }
      : bad(`"text" is ${describeJson(text)}; a text alone must be a string.`, source);
  }
  if (typeof query === 'string' && typeof document === 'string') {
    return { source, input: { query, document } };
  }
  const [name, value] = typeof query === 'string' ? ['document', document] : ['query', query];
  return bad(
    `"${name}" is ${describeJson(value)}. Each line needs "query" and "document", both strings.`,
    source,
  );
}

/** Tab-separated texts have no escapes and no quotes: a tab or a line end in a text needs JSONL. */
function parseTsv(text: string, bad: Bad): InputLine | BadLine {
  const [query, document, ...columns] = text.split('\t');
  if (query === undefined || document === undefined) {
    return bad('There is no tab. Each line needs a query, a tab and a document.');
  }
  const fields = columns.length === 0 ? { query, document } : { query, document, columns };
  return { source: { text: JSON.stringify(fields), fields }, input: { query, document } };
}
