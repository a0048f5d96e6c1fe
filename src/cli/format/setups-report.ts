import type { ModelInfo, TextPair } from '../../engine/types.js';
import { largestOf } from '../../math/extremes.js';
import type { SetupComparison, SetupsReport } from '../../parity/compare-setups.js';
import type { Io } from '../io/io.js';
import { blockOf, DISTANCE_HEADER, formatDistance } from './activation-report.js';
import { formatPlural } from './format.js';
import { formatHeatMap } from './heat-map.js';
import { visibleLine } from './visible.js';

/** Most changes of order that are listed. */
const LISTED = 10;

/** A comparison of setups of one model, for people. */
export function formatSetups(
  { reference, logits, others }: SetupsReport,
  pairs: readonly TextPair[],
  { columns }: Pick<Io, 'columns'>,
): string {
  const head = `${reference.model}, ${formatPlural(pairs.length, 'pair')}, compared with ${nameOf(reference)}`;
  return [head, ...others.flatMap((other) => ['', ...formatSetup(other, logits, pairs, columns)]), ''].join(
    '\n',
  );
}

function formatSetup(
  { info, activations, byPair, logits, orderChanges }: SetupComparison,
  reference: readonly (readonly number[])[],
  pairs: readonly TextPair[],
  columns: number,
): string[] {
  const width = Math.max(...activations.map(({ name }) => rowName(name).length)) + 2;
  const logit = (of: readonly (readonly number[])[], i: number): string =>
    (of[i]?.[0] ?? Number.NaN).toFixed(4);
  const changes = orderChanges
    .slice(0, LISTED)
    .map(
      ([i, j]) =>
        `  ${i} and ${j}: ${logit(reference, i)} and ${logit(reference, j)}, here ${logit(logits, i)} and ` +
        `${logit(logits, j)} (${visibleLine(JSON.stringify(pairs[i]?.query.slice(0, 60)))})`,
    );
  const more = orderChanges.length - changes.length;
  return [
    `${nameOf(info).padEnd(width)}${DISTANCE_HEADER}`,
    ...activations.map(({ name, distance }) => `${rowName(name).padEnd(width)}${formatDistance(distance)}`),
    '',
    'largest difference by pair',
    ...formatHeatMap(
      activations.map(({ name }, i) => ({ name: rowName(name), values: byPair[i] ?? [] })),
      lightestFor(byPair.flat()),
      columns,
    ),
    '',
    `${formatPlural(orderChanges.length, 'change')} of order among pairs of one query`,
    ...changes,
    ...(more > 0 ? [`  and ${more} more; --report FILE has them all`] : []),
  ];
}

/** Four powers of ten below the largest difference: a dtype's differences are thousands of times a backend's. */
function lightestFor(differences: readonly number[]): number {
  const largest = Math.max(largestOf(differences.filter(Number.isFinite)), 1e-7);
  return 10 ** (Math.ceil(Math.log10(largest)) - 4);
}

/** The layer's name alone for its output. */
function rowName(name: string): string {
  return name.startsWith('classifier.') ? name : blockOf(name);
}

function nameOf({ backend, dtype }: ModelInfo): string {
  return `${backend.name} ${dtype}`;
}

/** The same for programs. */
export function toSetupsJson(
  { reference, logits, others }: SetupsReport,
  pairs: readonly TextPair[],
): unknown {
  return {
    model: reference.model,
    reference: setupJson(reference),
    setups: others.map(({ info, activations, byPair, orderChanges }) => ({
      ...setupJson(info),
      activations: activations.map(({ name, distance }, i) => ({ name, ...distance, by_pair: byPair[i] })),
      order_changes: orderChanges,
    })),
    rows: pairs.map((pair, i) => ({
      index: i,
      ...pair,
      reference_logits: logits[i],
      logits: others.map((other) => other.logits[i]),
    })),
  };
}

function setupJson({ backend, dtype }: ModelInfo): Record<string, string> {
  return { backend: backend.name, description: backend.description, dtype };
}
