import { InputError } from '../errors/errors.js';
import { type Run, rankDocuments } from './judgments.js';

/** What is known of a table's ids, so that others are errors. */
export interface KnownIds {
  readonly queries?: { has(id: string): boolean } | undefined;
  readonly documents?: { has(id: string): boolean } | undefined;
}

/** A kind of table: its columns, and which of them holds the number. */
interface TableKind {
  readonly columns: readonly string[];
  readonly separator: RegExp;
  readonly number: RegExp;
  readonly numberIs: string;
  /** Places of the query, the document and the number. */
  readonly places: readonly [number, number, number];
}

const WHOLE = /^[+-]?\d{1,15}$/;
const BLANKS = /[ \t]+/;

const KINDS = {
  /** TREC's judgments; the second column is not used. */
  qrels: {
    columns: ['query', 'iteration', 'document', 'relevance'],
    separator: BLANKS,
    number: WHOLE,
    numberIs: 'a whole number',
    places: [0, 2, 3],
  },
  /** BEIR's judgments, with a first line of names. */
  beir: {
    columns: ['query-id', 'corpus-id', 'score'],
    separator: /\t/,
    number: WHOLE,
    numberIs: 'a whole number',
    places: [0, 1, 2],
  },
  /** TREC's results; trec_eval does not look at the rank either. */
  run: {
    columns: ['query', 'Q0', 'document', 'rank', 'score', 'tag'],
    separator: BLANKS,
    number: /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/,
    numberIs: 'a finite number',
    places: [0, 2, 4],
  },
} as const satisfies Record<string, TableKind>;

/**
 * Reads a table of qrels or of a run line by line, so that the caller decides where lines come from.
 * Blank lines and those that begin with `#` are left out.
 */
export class TrecTable {
  private readonly kind: TableKind;
  private readonly rows = new Map<string, Map<string, number>>();

  constructor(
    private readonly name: string,
    kind: keyof typeof KINDS,
    private readonly known: KnownIds = {},
  ) {
    this.kind = KINDS[kind];
  }

  /** @throws InputError that names the line, for one that is not of the table or repeats a document of its query. */
  add(line: string, lineNumber: number): void {
    const { columns, separator, number, numberIs, places } = this.kind;
    const text = line.replace(/^[ \t]+|[ \t\r]+$/g, '');
    if (text === '' || text.startsWith('#')) return;
    const fail = (problem: string): never => {
      throw new InputError(`${this.name} line ${lineNumber}: ${problem}`);
    };
    const cells = text.split(separator);
    if (cells.length !== columns.length) {
      fail(`It has ${cells.length} of the ${columns.length} columns ${columns.join(', ')}.`);
    }
    const [query, document, written] = places.map((place) => cells[place]) as [string, string, string];
    if (lineNumber === 1 && query === columns[places[0]] && document === columns[places[1]]) return; // names
    const value = Number(written);
    if (!number.test(written) || !Number.isFinite(value)) {
      fail(`The ${columns[places[2]]} is ${JSON.stringify(written)}; it must be ${numberIs}.`);
    }
    if (query === '' || document === '') fail('An id is empty.');
    if (this.known.queries?.has(query) === false) fail(`There is no query ${JSON.stringify(query)}.`);
    if (this.known.documents?.has(document) === false) {
      fail(`There is no document ${JSON.stringify(document)}.`);
    }
    const documents = this.rows.get(query) ?? new Map<string, number>();
    if (documents.has(document)) {
      fail(`Document ${JSON.stringify(document)} is there twice for query ${JSON.stringify(query)}.`);
    }
    documents.set(document, value);
    this.rows.set(query, documents);
  }

  /** All rows, by query and document. @throws InputError if there are none. */
  finish(): Map<string, Map<string, number>> {
    if (this.rows.size === 0) {
      throw new InputError(
        `${this.name} has no rows. Each line needs the columns ${this.kind.columns.join(', ')}.`,
      );
    }
    return this.rows;
  }
}

/**
 * Judgments in TREC's format (`query iteration document relevance`) or in BEIR's (`query-id TAB corpus-id TAB score`).
 *
 * @param name what messages call the text.
 * @throws InputError that names the first line that is wrong.
 */
export function parseQrels(
  text: string,
  name = 'qrels',
  known: KnownIds = {},
): Map<string, Map<string, number>> {
  return parseTable(text, new TrecTable(name, isBeir(text) ? 'beir' : 'qrels', known));
}

/** Results in TREC's format: `query Q0 document rank score tag`. @throws like {@link parseQrels}. */
export function parseRun(text: string, name = 'run', known: KnownIds = {}): Map<string, Map<string, number>> {
  return parseTable(text, new TrecTable(name, 'run', known));
}

/**
 * A run in TREC's format, each query's best document first.
 *
 * @param tag names the system; its blanks become underlines.
 * @param run its ids have no blanks.
 */
export function formatTrecRun(run: Run, tag: string): string {
  const name = tag.replaceAll(/\s/g, '_');
  const lines: string[] = [];
  for (const [query, scores] of run) {
    for (const [i, document] of rankDocuments(scores).entries()) {
      lines.push(`${query} Q0 ${document} ${i + 1} ${scores.get(document)} ${name}\n`);
    }
  }
  return lines.join('');
}

/** Whether judgments begin with BEIR's line of names, or with three columns and tabs between them. */
export function isBeir(firstLine: string): boolean {
  return (
    firstLine
      .replace(/^\ufeff/, '')
      .split(/\r?\n/, 1)[0]
      ?.split('\t').length === 3
  );
}

function parseTable(text: string, table: TrecTable): Map<string, Map<string, number>> {
  for (const [i, line] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries())
    table.add(line, i + 1);
  return table.finish();
}
