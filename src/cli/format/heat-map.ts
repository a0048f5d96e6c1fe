import { largestOf } from '../../math/extremes.js';

/** Cells from small to large differences, a power of ten per step. */
const SHADES = ['·', '░', '▒', '▓', '█'];

/** A row of a heat map: its name and its values. */
export interface HeatRow {
  readonly name: string;
  readonly values: readonly number[];
}

/**
 * Differences as a map: a line for each row, a cell for each value, darker by powers of ten. If there are more values
 * than columns, each cell shows the largest of several neighbours.
 *
 * @param lightest values up to this have the lightest cell; NaN has the darkest.
 */
export function formatHeatMap(rows: readonly HeatRow[], lightest: number, columns: number): string[] {
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2;
  const cells = Math.max(8, columns - width);
  const shade = (value: number): string => {
    const step = Number.isFinite(value)
      ? Math.ceil(Math.log10(Math.max(value, lightest) / lightest))
      : SHADES.length;
    return SHADES[Math.min(step, SHADES.length - 1)] ?? '';
  };
  const legend = SHADES.map((mark, i) => {
    const bound = (lightest * 10 ** i).toExponential(0);
    return i < SHADES.length - 1 ? `${mark} to ${bound}` : `${mark} more`;
  }).join('  ');
  return [
    ...rows.map(({ name, values }) => name.padEnd(width) + gather(values, cells).map(shade).join('')),
    `${''.padEnd(width)}${legend}`,
  ];
}

function gather(values: readonly number[], cells: number): number[] {
  const perCell = Math.ceil(values.length / cells);
  return Array.from({ length: Math.ceil(values.length / perCell) }, (_, i) =>
    largestOf(values.slice(i * perCell, (i + 1) * perCell)),
  );
}
