import path from 'node:path';
import { cacheFolder } from '../../files/cache-folder.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { formatCount, formatPlural } from '../format/format.js';
import { formatSearch, type SearchResult } from '../format/search-report.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { Reporter } from '../io/reporter.js';
import { loadRanker, type ScoreScaleOptions } from '../load.js';
import {
  activation,
  type Choose,
  type Cli,
  calibration,
  minCalibratedScore,
  positiveInteger,
  RUN_OPTIONS,
  text,
} from '../options.js';
import type { CorpusIndex, IndexUpdate } from '../search/corpus-index.js';
import type { Skipped } from '../search/find-texts.js';

interface SearchOptions extends ScoreScaleOptions {
  readonly question: string;
  readonly corpus: string;
  readonly topN: number | undefined;
  readonly candidates: number | undefined;
  readonly minCalibratedScore: number | undefined;
  readonly index: string | undefined;
  readonly format: 'table' | 'json' | 'jsonl';
}

/** `search`: the passages of a folder that answer a question. */
export function addSearchCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'search <question>',
    'Find the passages of files that answer a question: BM25 finds candidates, the model orders them',
    (command) =>
      command
        .positional('question', { type: 'string', demandOption: true, describe: 'What is asked, or words' })
        .option('corpus', {
          ...text,
          demandOption: true,
          describe: 'File or folder: text, Markdown, HTML, JSONL ("text" and "title" of each line)',
        })
        .option('top-n', {
          ...positiveInteger('--top-n'),
          defaultDescription: '3',
          describe: 'Number of results',
        })
        .option('candidates', {
          ...positiveInteger('--candidates'),
          defaultDescription: '100',
          describe: 'Passages that BM25 finds; the model reads the best one of each document',
        })
        .option('index', {
          ...text,
          describe: 'Folder for the index',
          defaultDescription: "search in this program's part of the user's cache",
        })
        .option('activation', activation)
        .option('calibration', calibration)
        .option('min-calibrated-score', {
          ...minCalibratedScore,
          describe: 'With --calibration: leave out passages with a lower calibrated score',
        })
        .option('format', {
          ...text,
          choices: ['table', 'json', 'jsonl'] as const,
          default: 'table' as const,
          describe: 'table for people, json (one value), or jsonl (one result per line)',
        })
        .options(RUN_OPTIONS)
        .example('$0 search "how are documents cut?" --corpus src', '')
        .example('$0 search "熊猫吃什么" --corpus passages.jsonl --top-n 5 --format json', '')
        .epilogue(
          'Long documents are cut into overlapping passages at the ends of sentences. The score is the model’s alone; "BM25 ' +
            '17 -> 1" are both ranks. The index is made at the first search and brought up to date at each one: only new ' +
            'and changed files are read. Hidden files, node_modules, links, files over 50 MB and other kinds of files are ' +
            'left out, and counted on stderr.',
        ),
    (options) => choose(options, (io) => search(options, io)),
  );
}

async function search(options: SearchOptions, io: Io): Promise<number> {
  const { question, corpus, topN = 3, candidates: count = 100, format, quiet } = options;
  const { minCalibratedScore } = options;
  if (minCalibratedScore !== undefined && options.calibration === undefined) {
    throw new UsageError('--min-calibrated-score needs --calibration.');
  }
  const reporter = new Reporter(io, quiet);
  const folder =
    options.index ?? path.join(cacheFolder(process.platform, process.env.XDG_CACHE_HOME), 'search');
  const { CorpusIndex } = await import('../search/corpus-index.js');
  const index = await CorpusIndex.open(corpus, folder, (done, total) =>
    reporter.status(() => `${formatCount(done)} of ${formatPlural(total, 'file')} indexed`),
  );
  reporter.clear();
  reporter.note(describeUpdate(index.update));
  const candidates = index.search(question, count);
  reporter.note(
    candidates.length === 0
      ? 'No passage has a word of the question.'
      : `The model reads ${formatPlural(candidates.length, 'passage')}.`,
  );
  const results = candidates.length === 0 ? [] : await rank(options, candidates, io, reporter);
  const shown = results
    .filter(({ calibratedScore = 1 }) => calibratedScore >= (minCalibratedScore ?? 0))
    .slice(0, topN);
  if (shown.length < Math.min(topN, results.length)) {
    const found =
      shown.length === 0
        ? 'Nothing here is relevant: no'
        : `Only ${formatPlural(shown.length, 'passage')} is relevant: no other`;
    reporter.note(`${found} passage has a calibrated score of ${minCalibratedScore} or more.`);
  }
  await writeOut(
    io,
    format === 'table' ? formatSearch(shown, question, io) : toJson(format, question, shown, index.update),
  );
  return EXIT.ok;
}

async function rank(
  options: SearchOptions,
  candidates: ReturnType<CorpusIndex['search']>,
  io: Io,
  reporter: Reporter,
): Promise<SearchResult[]> {
  const reranker = await loadRanker(options, io, reporter);
  try {
    const ranking = await reranker.rank(
      options.question,
      candidates.map(({ text }) => text),
      {
        signal: io.signal,
        returnDocuments: false,
        onProgress: ({ pairs, totalPairs }) =>
          reporter.status(() => `${formatCount(pairs)} of ${formatPlural(totalPairs, 'passage')} read`),
      },
    );
    reporter.clear();
    return ranking.map(({ index, logit, relevanceScore, calibratedScore }, i) => {
      const candidate = candidates[index] as (typeof candidates)[number];
      const relative = path.relative(process.cwd(), candidate.file);
      return {
        ...candidate,
        path: relative.startsWith('..') ? candidate.file : relative,
        rank: i + 1,
        ...{ logit, relevanceScore },
        ...(calibratedScore !== undefined && { calibratedScore }),
      };
    });
  } finally {
    reranker.dispose();
  }
}

function toJson(
  format: 'json' | 'jsonl',
  query: string,
  results: readonly SearchResult[],
  { files, passages }: IndexUpdate,
): string {
  const rows = results.map(({ path: file, line, text: passage, ...result }) => ({
    path: file,
    line,
    rank: result.rank,
    relevance_score: result.relevanceScore,
    logit: result.logit,
    ...(result.calibratedScore !== undefined && { calibrated_score: result.calibratedScore }),
    bm25_rank: result.bm25Rank,
    bm25_score: result.bm25Score,
    text: passage,
  }));
  return format === 'jsonl'
    ? rows.map((row) => `${JSON.stringify(row)}\n`).join('')
    : `${JSON.stringify({ query, files, passages, results: rows })}\n`;
}

const REASONS: Readonly<Record<keyof Skipped, string>> = {
  hidden: 'hidden',
  links: 'links',
  tooLarge: 'over 50 MB',
  otherKinds: 'of other kinds',
  notText: 'not text',
  unreadable: 'that cannot be read',
};

function describeUpdate({ files, passages, read, removed, skipped }: IndexUpdate): string {
  const left = (Object.keys(REASONS) as (keyof Skipped)[]).filter((reason) => skipped[reason] > 0);
  return [
    `${formatPlural(passages, 'passage')} of ${formatPlural(files, 'file')}`,
    ...(read > 0 ? [`${formatPlural(read, 'file')} read now`] : []),
    ...(removed > 0 ? [`${formatPlural(removed, 'file')} gone`] : []),
    ...(left.length > 0
      ? [`left out: ${left.map((reason) => `${formatCount(skipped[reason])} ${REASONS[reason]}`).join(', ')}`]
      : []),
  ].join('; ');
}
