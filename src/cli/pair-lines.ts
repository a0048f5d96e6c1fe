import type { TextPair } from '../reranker/scorer.js';
import { describeJson, type JsonObject, NO_FIELDS, parseJsonObject } from './jsonl.js';
import type { BadLine, Line } from './lines.js';

/** How pairs are written: an object a line, or texts between tabs. */
export type PairFormat = 'jsonl' | 'tsv';

/** A line with a pair in it. */
export interface PairLine {
  readonly source: JsonObject;
  readonly pair: TextPair;
}

/** By the file's name; else by the first line: a tab, and no object, is TSV. */
export function detectPairFormat(name: string, firstLine: string): PairFormat {
  if (/\.(jsonl|ndjson|json)$/i.test(name)) {
    return 'jsonl';
  }
  const hasTab = firstLine.includes('\t') && !firstLine.trimStart().startsWith('{');
  return /\.tsv$/i.test(name) || hasTab ? 'tsv' : 'jsonl';
}

/** Reads one line; it never throws. */
export function parsePairLine(line: Line, format: PairFormat, inputName: string): PairLine | BadLine {
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

function parseJson(text: string, bad: Bad): PairLine | BadLine {
  const source = parseJsonObject(text);
  if (typeof source === 'string') {
    return bad(source);
  }
  const { query, document } = source.fields;
  if (typeof query === 'string' && typeof document === 'string') {
    return { source, pair: { query, document } };
  }
  const [name, value] = typeof query === 'string' ? ['document', document] : ['query', query];
  return bad(
    `"${name}" is ${describeJson(value)}. Each line needs "query" and "document", both strings.`,
    source,
  );
}

/** Tab-separated texts have no escapes and no quotes: a tab or a line end in a text needs JSONL. */
function parseTsv(text: string, bad: Bad): PairLine | BadLine {
  const [query, document, ...columns] = text.split('\t');
  if (query === undefined || document === undefined) {
    return bad('There is no tab. Each line needs a query, a tab and a document.');
  }
  const fields = columns.length === 0 ? { query, document } : { query, document, columns };
  return { source: { text: JSON.stringify(fields), fields }, pair: { query, document } };
}
