import type { Evaluation } from '../../evaluation/evaluate.js';
import { displayWidth, padToWidth } from './display-width.js';
import { visibleLine } from './visible.js';

/** A value of a measure. */
export function formatValue(value: number): string {
  return value.toFixed(4);
}

/** The values for people: the means, and with `perQuery` a line for each query before them. */
export function formatEvaluation(
  { measures, queries }: Evaluation,
  { perQuery }: { readonly perQuery: boolean },
): string {
  const row = (name: string, values: ReadonlyMap<string, number>): string[] => [
    name,
    ...Array.from(values.values(), formatValue),
  ];
  const rows = perQuery ? Array.from(queries, ([query, values]) => row(query, values)) : [];
  return formatColumns([['query', ...measures.keys()], ...rows, row(`all ${queries.size}`, measures)]);
}

/** Cells in columns: the first to the left, the others to the right. Control characters do not reach the terminal. */
export function formatColumns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(visibleLine));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, displayWidth(cell));
  }
  return cells
    .map((row) => {
      const [first = '', ...rest] = row.map((cell, i) => {
        const width = widths[i] ?? 0;
        return i === 0 ? padToWidth(cell, width) : ' '.repeat(width - displayWidth(cell)) + cell;
      });
      return `${[first, ...rest].join('  ').trimEnd()}\n`;
    })
    .join('');
}

/** The values for programs: `{measures: {NAME: value}, queries: {ID: {NAME: value}}}`. */
export function toEvaluationJson({ measures, queries }: Evaluation): string {
  const value = {
    measures: Object.fromEntries(measures),
    queries: Object.fromEntries(
      Array.from(queries, ([query, values]) => [query, Object.fromEntries(values)]),
    ),
  };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
