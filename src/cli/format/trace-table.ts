import type { ActivationShape, ShapedPair, TracedPair } from '../../inspection/index.js';
import { cutToWidth } from './display-width.js';
import { formatPlural } from './format.js';
import { visibleLine } from './visible.js';

/** A table for people: a line for each activation, with its shape and, if there are values, statistics of them. */
export function formatTrace(pair: ShapedPair | TracedPair, columns: number): string {
  const rows = [...pair.activations.values()];
  const width = (cells: readonly string[]): number => Math.max(0, ...cells.map(({ length }) => length));
  const names = width(rows.map(({ name }) => name));
  const shapes = width(rows.map(describeShape));
  const traced = 'logits' in pair;
  const title = visibleLine(`${pair.query}  |  ${pair.document}`);
  const logits = traced ? `, logit ${pair.logits.map((logit) => logit.toFixed(4)).join(' ')}` : '';
  const head = `${'activation'.padEnd(names)}  ${'shape'.padEnd(shapes)}`;
  return [
    cutToWidth(title, columns),
    `${formatPlural(pair.tokens.length, 'token')}${logits}`,
    ...(rows.length === 0 ? [] : [traced ? `${head}       mean        std        min        max` : head]),
    ...rows.map((row) =>
      `${row.name.padEnd(names)}  ${describeShape(row).padEnd(shapes)}${'data' in row ? describeValues(row.data as Float32Array) : ''}`.trimEnd(),
    ),
    '',
  ].join('\n');
}

/** `12 heads x 14 seq x 14 seq` */
function describeShape({ dimensions, shape }: ActivationShape): string {
  return shape.map((size, i) => `${size} ${dimensions[i]}`).join(' x ');
}

function describeValues(data: Float32Array): string {
  let [sum, least, most] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    sum += value;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const mean = sum / data.length;
  const variance = data.reduce((all, value) => all + (value - mean) ** 2, 0) / data.length;
  return [mean, Math.sqrt(variance), least, most].map((value) => value.toPrecision(4).padStart(11)).join('');
}
