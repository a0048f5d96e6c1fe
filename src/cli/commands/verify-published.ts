import type { PublishedRanking, PublishedReport, PublishedRow } from '../../parity/published.js';
import { EXIT } from '../exit-codes.js';
import { formatPlural } from '../format/format.js';
import { visibleLine } from '../format/visible.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { Reporter } from '../io/reporter.js';
import { loadModel } from '../load.js';
import type { RunOptions } from '../options.js';

/** `verify --published`: whether these weights give the numbers that others published. */
export async function verifyPublished(options: RunOptions, io: Io): Promise<number> {
  const { checkPublished } = await import('../../parity/published.js');
  const reporter = new Reporter(io, options.quiet);
  const model = await loadModel(options, io, reporter);
  const report = await checkPublished(model, { signal: io.signal });
  await writeOut(io, formatPublished(report));
  return report.passed ? EXIT.ok : EXIT.parity;
}

/** A line for each published number, for people, and a verdict. */
export function formatPublished({ model, rows, rankings, passed }: PublishedReport): string {
  const failed = rows.filter((row) => !row.passed).length;
  const verdict = passed
    ? `PASSED: all ${formatPlural(rows.length, 'published number')} of ${model.name}`
    : `FAILED: ${failed} of ${formatPlural(rows.length, 'published number')} of ${model.name}` +
      `${rankings.every((ranking) => ranking.passed) ? '' : ', and another document is the best'}. ` +
      'These are not its weights, or they are damaged.';
  return [...rows.map(formatRow), ...rankings.map(formatRanking), verdict, ''].join('\n');
}

function formatRanking({ query, expected, actual, passed }: PublishedRanking): string {
  const places = expected.map((index) => index + 1).join(' or ');
  return `${passed ? 'ok  ' : 'FAIL'}  best document ${actual + 1} for ${places}  ${visibleLine(query).slice(0, 60)}`;
}

function formatRow({ pair, expected, actual, distance, idsMatch, passed }: PublishedRow): string {
  const text = visibleLine(`${pair.query} | ${pair.document}`).slice(0, 60);
  return [
    passed ? 'ok  ' : 'FAIL',
    `${'logit' in pair ? 'logit' : 'score'} ${actual.toFixed(5)} for ${expected.toFixed(5)}`.padEnd(30),
    `apart ${distance.toExponential(1)}, allowed ${pair.tolerance.toExponential()} (${pair.precision})`,
    `${describeIds(idsMatch)}  ${text}  [${pair.source}]`,
  ].join('  ');
}

function describeIds(idsMatch: boolean | undefined): string {
  if (idsMatch === undefined) {
    return 'ids not known';
  }
  return idsMatch ? 'ids identical' : 'IDS DIFFER';
}
