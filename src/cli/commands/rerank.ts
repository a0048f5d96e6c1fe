import { stringifyJson } from '../../encoding/raw-json.js';
import type { RankedDocument, Reranker } from '../../reranker/reranker.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { formatCount, formatPlural } from '../format/format.js';
import { formatRanking, RANKING_HEADER } from '../format/table.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { addQueryDocuments, gatherDocuments, type QueryDocuments } from '../io/query-documents.js';
import { Reporter } from '../io/reporter.js';
import { loadRanker, type ScoreScaleOptions } from '../load.js';
import {
  activation,
  type Choose,
  type Cli,
  calibration,
  minCalibratedScore,
  OWN_OPTIONS,
  positiveInteger,
  RUN_OPTIONS,
  type Run,
  text,
} from '../options.js';
import { bestOf, toAnswer } from './rerank-answer.js';
import { rerankLines } from './rerank-lines.js';

/** Options of `rerank`, in addition to the common ones. */
export interface RerankOptions extends ScoreScaleOptions, QueryDocuments {
  readonly input: string | undefined;
  readonly topN: number | undefined;
  readonly minCalibratedScore: number | undefined;
  readonly returnDocuments: boolean;
  readonly format: 'table' | 'json' | 'jsonl' | undefined;
}

/** `rerank`: ranks documents for one query, or for a query per line. */
export function addRerankCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'rerank [document..]',
    'Order documents by their relevance to a query, the best first',
    (command) =>
      addQueryDocuments(command)
        .option('input', {
          ...text,
          describe:
            'Instead of a query: file, or - for stdin, of lines {"query", "documents"}; one JSON answer per line',
        })
        .option('top-n', {
          ...positiveInteger('--top-n'),
          describe: 'Number of best documents to show',
          defaultDescription: 'all',
        })
        .option('activation', activation)
        .option('calibration', calibration)
        .option('min-calibrated-score', minCalibratedScore)
        .option('format', {
          ...text,
          choices: ['table', 'json', 'jsonl'] as const,
          describe: 'table for people, json (one value), or jsonl (one result per line)',
          defaultDescription: 'table; with --input: jsonl',
        })
        .option('return-documents', {
          type: 'boolean',
          group: OWN_OPTIONS,
          default: true,
          describe: 'Include documents in json and jsonl; --no-return-documents leaves them out',
        })
        .options(RUN_OPTIONS)
        .example('$0 rerank --query "capital of France" "Paris is a city." "Cats purr."', '')
        .example('$0 rerank --query "熊猫吃什么" --documents passages.txt --top-n 3 --format json', '')
        .example('$0 rerank --input requests.jsonl > answers.jsonl', '')
        .epilogue(
          'auto means JSONL if the file ends in .jsonl or .ndjson, or if every line begins with { or ".\n' +
            'With --input, other fields of a line (such as an id) are returned in its answer. A bad line gets an answer ' +
            'with "error", the rest continues, and the exit code is 2. The score is sigmoid(logit), from 0 to 1, ' +
            'unless --activation says otherwise; the order is by logit.',
        ),
    (options) => choose(options, (io) => rerank(options, io)),
  );
}

const rerank = async (options: RerankOptions, io: Io): ReturnType<Run> => {
  assertOptions(options);
  const reporter = new Reporter(io, options.quiet);
  if (options.input !== undefined) {
    return rerankLines({ ...options, input: options.input }, io, reporter);
  }
  const { query = '', topN, format = 'table' } = options;
  const documents = await gatherDocuments(options, io);
  const reranker = await loadRanker(options, io, reporter);
  const ranking = await reranker.rank(query, documents, {
    signal: io.signal,
    onProgress: ({ pairs, totalPairs }) =>
      reporter.status(() => `${formatCount(pairs)} of ${formatPlural(totalPairs, 'document')}`),
  });
  reporter.clear();
  noteCut(ranking, reranker, reporter);
  await writeOut(io, formatAnswer(reranker, ranking, { ...options, topN, format }, io));
  return EXIT.ok;
};

/** @throws UsageError for options that contradict each other. */
function assertOptions(options: RerankOptions): void {
  const { query, document, documents, input, format, calibration, minCalibratedScore } = options;
  if (minCalibratedScore !== undefined && calibration === undefined) {
    throw new UsageError('--min-calibrated-score needs --calibration.');
  }
  if (input !== undefined) {
    if (query !== undefined || documents !== undefined || document.length > 0) {
      throw new UsageError('--input has queries and documents of its own; leave out --query and documents.');
    }
    if (format === 'table') {
      throw new UsageError('--input gives one JSON value per line; leave out --format table.');
    }
    return;
  }
  if (query === undefined) {
    throw new UsageError('There is no query; use --query, or --input for lines with queries.');
  }
  if (documents === undefined && document.length === 0) {
    throw new UsageError('There are no documents; give them as arguments, or as a file with --documents.');
  }
}

function formatAnswer(
  { info }: Reranker,
  ranking: readonly RankedDocument[],
  { topN, minCalibratedScore, format, returnDocuments }: RerankOptions,
  io: Io,
): string {
  if (format === 'table') {
    const shown = bestOf(ranking, { topN, minCalibratedScore });
    return RANKING_HEADER + formatRanking(shown, { ...io, activation: info.activation });
  }
  const answer = toAnswer(info.model, ranking, { topN, minCalibratedScore, returnDocuments });
  return format === 'json'
    ? `${stringifyJson(answer)}\n`
    : answer.results.map((result) => `${stringifyJson(result)}\n`).join('');
}

function noteCut(ranking: readonly RankedDocument[], { info }: Reranker, reporter: Reporter): void {
  const cut = ranking.filter(({ usage }) => usage.queryTokensCut + usage.documentTokensCut > 0).length;
  if (cut > 0) {
    reporter.note(`${formatPlural(cut, 'pair')} cut to ${info.maxLength} tokens (${info.truncation}).`);
  }
}
