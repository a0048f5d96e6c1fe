import { InputError } from '../../errors/errors.js';
import { evaluate as evaluateRun } from '../../evaluation/evaluate.js';
import { MEASURE_NAMES, parseMeasures } from '../../evaluation/measures.js';
import type { BeirOptions } from '../evaluation/beir-task.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { formatEvaluation, toEvaluationJson } from '../format/evaluation-report.js';
import { formatPlural } from '../format/format.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { Reporter } from '../io/reporter.js';
import { readQrels, readRun } from '../io/trec-files.js';
import { type Choose, type Cli, OWN_OPTIONS, positiveInteger, RUN_OPTIONS, text } from '../options.js';
import { splitSetups } from '../setups.js';
import { evaluateBeir } from './evaluate-beir.js';
import { evaluateCompare } from './evaluate-compare.js';

/** Options of `evaluate`. */
interface EvaluateOptions extends BeirOptions {
  readonly compare: readonly string[] | undefined;
}

/** `evaluate`: how good rankings are. */
export function addEvaluateCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'evaluate',
    'Measure how good rankings are, as trec_eval does, and whether reranking makes them better',
    (command) =>
      command
        .option('qrels', {
          ...text,
          describe: "Judgments in TREC's or BEIR's format, or - for stdin",
          defaultDescription: 'with --beir: qrels/test.tsv of the folder',
        })
        .option('run', {
          ...text,
          describe: "Results in TREC's format, or - for stdin; with --beir the candidates",
          defaultDescription: 'with --beir: BM25 finds them',
        })
        .option('beir', {
          ...text,
          describe:
            'Folder with corpus.jsonl, queries.jsonl and qrels: rerank, and compare with the first stage',
        })
        .option('candidates', {
          ...text,
          describe:
            'Instead of --beir: lines {"query", "documents": [{"text", "relevance"}]} in the first order',
        })
        .option('rerank', {
          ...positiveInteger('--rerank'),
          describe: 'With --beir: candidates of each question',
          defaultDescription: '100',
        })
        .option('questions', {
          ...positiveInteger('--questions'),
          describe: 'With --beir: so many questions, evenly spread',
          defaultDescription: 'all',
        })
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
        .option('compare', {
          ...text,
          coerce: splitSetups,
          describe: 'With --beir: variants of the options, as in int8,wasm+256,only_second',
        })
        .option('trec-out', { ...text, describe: "With --beir: file for the reranked run in TREC's format" })
        .option('report', { ...text, describe: 'With --beir: file for the JSON' })
        .option('page', {
          ...text,
          describe: 'With --beir: HTML page of gains and losses, question by question',
        })
        .option('cache', {
          ...text,
          describe: 'With --beir: folder that keeps all scores, so that none is computed twice',
          defaultDescription: "scores in this program's part of the user's cache",
        })
        .options(RUN_OPTIONS)
        .example('$0 evaluate --qrels qrels.txt --run bm25.run', '')
        .example('$0 evaluate --qrels test.tsv --run ours.run --measures "nDCG@10 RR@10" --per-query', '')
        .example('$0 evaluate --beir scifact --model BAAI/bge-reranker-base --questions 50', '')
        .example('$0 evaluate --beir scifact --backend node --compare int8,bfloat16,256', '')
        .epilogue(
          `Measures are ${MEASURE_NAMES}, by the definitions of trec_eval 10: results in the order of their scores, ` +
            'equal scores by document from the largest, the rank column ignored; relevance 1 and more is relevant, and ' +
            'the gain of nDCG. A query without results counts as 0 (-c); one without judgments does not count.\n' +
            'A line of qrels is "query iteration document relevance", or with tabs "query document relevance"; a line ' +
            'of a run is "query Q0 document rank score tag".\n' +
            'With --beir or --candidates the first --rerank candidates of each question are scored. Both orders of the same candidates are ' +
            'compared, and with "cap", which a perfect reranker would reach on them. The 95 % interval is a bootstrap of ' +
            "the questions, p is a paired randomization test's (10,000 rounds each). The verdict is about the first " +
            'measure, at 5 %; it also holds for the worst order of equal scores. An interrupted run goes on with the ' +
            'same command.\n' +
            'Each variant of --compare is a backend, dtype, number of tokens, truncation, side or model, or several with + ' +
            'between them. Each runs in a process of its own. Its quality is compared with that of the options as given, p is ' +
            "Holm's for all variants, and speed is the median of 5 rounds over 48 pairs, the systems in turn.",
        ),
    (options) => choose(options, (io) => evaluate(options, io)),
  );
}

async function evaluate(options: EvaluateOptions, io: Io): Promise<number> {
  const { beir, candidates, compare } = options;
  if (beir !== undefined || candidates !== undefined) {
    assertOneSource(options);
    return compare === undefined ? evaluateBeir(options, io) : evaluateCompare({ ...options, compare }, io);
  }
  const { qrels: qrelsFile, run: runFile, perQuery, format, quiet } = options;
  const measures = parseMeasures(options.measures);
  if (qrelsFile === undefined || runFile === undefined) {
    throw new UsageError('evaluate needs --qrels and --run, or --beir, or --candidates.');
  }
  if (qrelsFile === '-' && runFile === '-') {
    throw new UsageError('--qrels and --run cannot both be stdin.');
  }
  const { rerank, questions, cache, report, trecOut, page, model } = options;
  const ofBeir = {
    '--rerank': rerank,
    '--questions': questions,
    '--cache': cache,
    '--report': report,
    '--trec-out': trecOut,
    '--page': page,
    '--compare': compare,
    '--model': model,
  };
  const [unused] = Object.entries(ofBeir).find(([, value]) => value !== undefined) ?? [];
  if (unused !== undefined)
    throw new UsageError(`${unused} needs --beir or --candidates: --qrels and --run alone have no texts.`);
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

/** @throws UsageError for options of which one would be ignored. */
function assertOneSource({
  beir,
  candidates,
  qrels,
  run,
  compare,
  trecOut,
  page,
  perQuery,
}: EvaluateOptions): void {
  const other =
    beir !== undefined ? '--beir' : qrels !== undefined ? '--qrels' : run !== undefined ? '--run' : undefined;
  if (candidates !== undefined && other !== undefined) {
    throw new UsageError(
      `--candidates has questions, documents and judgments of its own; leave out ${other}.`,
    );
  }
  const lost =
    trecOut !== undefined
      ? '--trec-out'
      : page !== undefined
        ? '--page'
        : perQuery
          ? '--per-query'
          : undefined;
  if (compare !== undefined && lost !== undefined) {
    throw new UsageError(`--compare has no ${lost}; its JSON has every query.`);
  }
}
