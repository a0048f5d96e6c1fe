import type { Model } from '../../engine/model.js';
import type { ScoreInput } from '../../engine/types.js';
import { createRandom } from '../../math/random.js';
import { formatCount, formatDuration, formatPlural } from '../format/format.js';
import type { Row } from './row.js';
import type { Table } from './table.js';

/** Rows that stand for all: enough for the mean of their lengths to be within some percent. */
const SAMPLE_ROWS = 512;
/** The sample is scored for about so long, and no longer. */
const SAMPLE_MS = 10_000;
const SLICE_ROWS = 64;

/** What a run would take. */
export interface Estimate {
  readonly rows: number;
  readonly bad: number;
  readonly tokens: number;
  readonly ms: number;
}

/**
 * Reads all rows, takes some of them by chance, and scores these.
 *
 * @returns rows and bad rows exactly, tokens and time as the sample has them.
 */
export async function estimate(
  openTables: Iterable<() => Promise<Table>>,
  model: Model,
  signal: AbortSignal,
): Promise<Estimate> {
  const { sample, rows, bad } = await takeSample(openTables, signal);
  const good = rows - bad;
  if (sample.length === 0) return { rows, bad, tokens: 0, ms: 0 };
  await model.score(sample.slice(0, 1), { signal }); // the first batch also warms up
  let scored = 0;
  let tokens = 0;
  const startedAt = performance.now();
  while (scored < sample.length && (scored === 0 || performance.now() - startedAt < SAMPLE_MS)) {
    const answers = await model.score(sample.slice(scored, scored + SLICE_ROWS), { signal });
    scored += answers.length;
    tokens += answers.reduce((sum, { usage }) => sum + usage.tokens, 0);
  }
  const share = good / scored;
  return { rows, bad, tokens: tokens * share, ms: (performance.now() - startedAt) * share };
}

/** The estimate, for people. */
export function describeEstimate({ rows, bad, tokens, ms }: Estimate, files: number): string {
  return [
    `${formatPlural(rows - bad, 'pair')} in ${formatPlural(files, 'file')}`,
    `about ${formatCount(tokens)} tokens`,
    `about ${formatDuration(ms)} on this machine`,
    ...(bad > 0 ? [formatPlural(bad, 'bad row')] : []),
  ].join('; ');
}

/** Each row has the same chance, and the same files give the same sample. */
async function takeSample(
  openTables: Iterable<() => Promise<Table>>,
  signal: AbortSignal,
): Promise<{ sample: ScoreInput[]; rows: number; bad: number }> {
  const sample: ScoreInput[] = [];
  const random = createRandom(1);
  let rows = 0;
  let good = 0;
  const look = ({ input }: Row): void => {
    rows += 1;
    if (input === undefined) return;
    good += 1;
    const place = good <= SAMPLE_ROWS ? good - 1 : Math.floor(random() * good);
    if (place < SAMPLE_ROWS) sample[place] = input;
  };
  for (const openTable of openTables) {
    const table = await openTable();
    try {
      for await (const piece of table.readRows(0, signal)) piece.forEach(look);
    } finally {
      await table.close();
    }
  }
  return { sample, rows, bad: rows - good };
}
