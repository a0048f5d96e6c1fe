import { InputError } from '../../errors/errors.js';
import { evaluate as evaluateRun } from '../../evaluation/evaluate.js';
import { MEASURE_NAMES, parseMeasures } from '../../evaluation/measures.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { formatEvaluation, toEvaluationJson } from '../format/evaluation-report.js';
import { formatPlural } from '../format/format.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { Reporter } from '../io/reporter.js';
import { readQrels, readRun } from '../io/trec-files.js';
import { type Choose, type Cli, type OutputOptions, OWN_OPTIONS, text } from '../options.js';

/** Options of `evaluate`. */
export interface EvaluateOptions extends OutputOptions {
  readonly qrels: string | undefined;
  readonly run: string | undefined;
  readonly measures: string;
  readonly perQuery: boolean;
  readonly format: 'table' | 'json';
}

/** `evaluate`: how good rankings are. */
export function addEvaluateCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'evaluate',
    'Measure how good rankings are, as trec_eval does',
    (command) =>
      command
        .option('qrels', { ...text, describe: "Judgments in TREC's or BEIR's format, or - for stdin" })
        .option('run', { ...text, describe: "Results in TREC's format, or - for stdin" })
        .option('measures', {
          ...text,
          default: 'nDCG@10 AP RR@10 P@5 R@100',
          describe: 'Names with spaces or commas between them',
        })
        .option('per-query', {
          type: 'boolean',
          group: OWN_OPTIONS,
          default: false,
          describe: 'A line for each query too; JSON always has them',
        })
        .option('format', {
          ...text,
          choices: ['table', 'json'] as const,
          default: 'table' as const,
          describe: 'table for people, or json: {"measures": {NAME: value}, "queries": {ID: {NAME: value}}}',
        })
        .example('$0 evaluate --qrels qrels.txt --run bm25.run', '')
        .example('$0 evaluate --qrels test.tsv --run ours.run --measures "nDCG@10 RR@10" --per-query', '')
        .epilogue(
          `Measures are ${MEASURE_NAMES}, by the definitions of trec_eval 10: results in the order of their scores, ` +
            'equal scores by document from the largest, the rank column ignored; relevance 1 and more is relevant, and ' +
            'the gain of nDCG. A query without results counts as 0 (-c); one without judgments does not count.\n' +
            'A line of qrels is "query iteration document relevance", or with tabs "query document relevance"; a line ' +
            'of a run is "query Q0 document rank score tag".',
        ),
    (options) => choose(options, (io) => evaluate(options, io)),
  );
}

async function evaluate(options: EvaluateOptions, io: Io): Promise<number> {
  const { qrels: qrelsFile, run: runFile, perQuery, format, quiet } = options;
  const measures = parseMeasures(options.measures);
  if (qrelsFile === undefined || runFile === undefined) {
    throw new UsageError('evaluate needs --qrels and --run.');
  }
  if (qrelsFile === '-' && runFile === '-') {
    throw new UsageError('--qrels and --run cannot both be stdin.');
  }
  const reporter = new Reporter(io, quiet);
  const qrels = await readQrels(qrelsFile, io);
  const run = await readRun(runFile, io);
  const missing = [...qrels.keys()].filter((query) => !run.has(query)).length;
  const unjudged = [...run.keys()].filter((query) => !qrels.has(query)).length;
  if (missing === qrels.size) {
    throw new InputError(`No query of ${qrelsFile} has results in ${runFile}; are the ids the same?`);
  }
  if (missing > 0)
    reporter.note(`${formatPlural(missing, 'query', 'queries')} without results: 0 in the mean.`);
  if (unjudged > 0)
    reporter.note(`${formatPlural(unjudged, 'query', 'queries')} without judgments: left out.`);
  const evaluation = evaluateRun(qrels, run, measures);
  await writeOut(
    io,
    format === 'json' ? toEvaluationJson(evaluation) : formatEvaluation(evaluation, { perQuery }),
  );
  return EXIT.ok;
}
