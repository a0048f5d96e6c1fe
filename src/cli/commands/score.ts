import { Readable } from 'node:stream';
import type { ScoreInput, ScoreOptions, TokenUsage } from '../../engine/types.js';
import type { Reranker } from '../../reranker/reranker.js';
import { isFiniteAnswer, notFinite } from '../../reranker/scores.js';
import { ANSWERS } from '../bulk/line-table.js';
import { isBulk, scoreFiles } from '../bulk/score-files.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { type Input, openInput } from '../io/input.js';
import type { Io } from '../io/io.js';
import { withAnswer } from '../io/jsonl.js';
import { gatherGroups, IDLE_MS, MAX_GROUP_LENGTH } from '../io/line-groups.js';
import { readLines } from '../io/lines.js';
import { openOutput } from '../io/output.js';
import { detectPairFormat, type PairFormat, parseInputLine } from '../io/pair-lines.js';
import { Reporter } from '../io/reporter.js';
import { ScoreMeter } from '../io/score-progress.js';
import { loadReranker, type ScoreScaleOptions } from '../load.js';
import {
  activation,
  type Choose,
  type Cli,
  calibration,
  OWN_OPTIONS,
  positiveInteger,
  RUN_OPTIONS,
  text,
} from '../options.js';

/** What `score` takes beside the common options. */
export interface ScoreCommandOptions extends ScoreScaleOptions {
  readonly input: string | undefined;
  readonly text: readonly string[] | undefined;
  readonly inputFormat: PairFormat | 'auto';
  readonly output: string;
  readonly columns: string | undefined;
  readonly quarantine: string | undefined;
  readonly workers: number | undefined;
  readonly dryRun: boolean;
}

/** Pairs that are sorted by length together: enough for even batches, few enough for memory and a Ctrl-C. */
const GROUP = { lines: 2048, length: MAX_GROUP_LENGTH, idleMs: IDLE_MS };

/** `score`: a pair a line in, its score a line out. */
export function addScoreCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'score',
    'Score pairs of query and document, or texts alone, a line each, in bounded memory',
    (command) =>
      command
        .option('input', {
          ...text,
          describe: 'File, folder or pattern (quote it): lines or Parquet; - for stdin',
          defaultDescription: '-',
        })
        .option('text', {
          ...text,
          array: true,
          describe: 'Instead of a file: a text alone, for classifiers of texts; can be repeated',
        })
        .conflicts('text', 'input')
        .option('input-format', {
          ...text,
          choices: ['auto', 'jsonl', 'tsv'] as const,
          default: 'auto' as const,
          describe: 'Of lines: {"query", "document"} or {"text"}, or query TAB document',
        })
        .option('activation', activation)
        .option('calibration', calibration)
        .option('output', {
          ...text,
          default: '-',
          describe: 'File or folder for the scores, or - for stdout',
        })
        .option('columns', { ...text, describe: 'From files: names of input columns to keep, with commas' })
        .option('quarantine', { ...text, describe: 'From files: JSONL for bad rows (file, row, reason)' })
        .option('workers', {
          ...positiveInteger('--workers'),
          describe: 'From files: processes that compute side by side, each with weights of its own',
          defaultDescription: '1',
        })
        .conflicts('workers', 'threads')
        .option('dry-run', {
          type: 'boolean',
          default: false,
          group: OWN_OPTIONS,
          describe: 'From files: say how many pairs there are and how long they take, from a sample',
        })
        .options(RUN_OPTIONS)
        .example('$0 score --input pairs.jsonl --output scores.jsonl', '')
        .example('$0 score --input "data/*.parquet" --output scored/ --quarantine bad.jsonl', '')
        .example(`printf 'capital of France\\tParis is a city.\\n' | $0 score`, '')
        .example('$0 score --model ./language-classifier --text "Où est la gare ?"', '')
        .epilogue(
          'Each line comes back as JSON, in its place, with "logit" and "relevance_score" (sigmoid of the logit) added, ' +
            'or with "logits" and "label_scores" from a model with several labels; other fields stay as they are. ' +
            'A pair is read as a pair, {"text"} as <s> text </s>, which is how classifiers of texts are trained. ' +
            'A bad line, or one that the model fails on, comes back with "error" and "line", the rest goes on, and the ' +
            'exit code is 2. Blank lines are skipped.\nauto goes by the ending (.jsonl .ndjson .json .tsv), else by the first line. TSV has no header, ' +
            'quotes or escapes; further columns come back as "columns".\nPairs are computed up to 2,048 at a time, ' +
            'sorted by length, or as soon as no input came for 50 ms. An interrupted run leaves whole lines.\n' +
            'From files to files, the same command goes on where an interrupted one stopped, and an output that is there ' +
            'is never replaced: of the same run it is kept, else refused. A folder gets a file for each input file ' +
            '(of pairs.tsv pairs.tsv.jsonl). Parquet has string columns query and document, in snappy, zstd, gzip or ' +
            'plain, and gains logit, relevance_score, tokens and tokens_cut; a bad row has nulls there. With ' +
            '--quarantine a bad line is left out of the output.',
        ),
    (options) => choose(options, (io) => run(options, io)),
  );
}

/** From files to files, or a stream of lines. */
async function run(options: ScoreCommandOptions, io: Io): Promise<number> {
  const { text, input = '-', quarantine, workers, dryRun } = options;
  const columns = options.columns?.split(',').map((name) => name.trim());
  const needsFiles = dryRun || [columns, quarantine, workers].some((value) => value !== undefined);
  if (text !== undefined && needsFiles) {
    throw new UsageError(
      '--text has no --columns, --quarantine, --workers and --dry-run: they are for files.',
    );
  }
  const bulk = { ...options, input, columns };
  return text === undefined && (await isBulk(bulk, needsFiles)) ? scoreFiles(bulk, io) : score(options, io);
}

async function score(options: ScoreCommandOptions, io: Io): Promise<number> {
  const input = options.text ? textsAsInput(options.text) : await openInput(options.input ?? '-', io);
  const output = await openOutput(options.output, input, io);
  const reporter = new Reporter(io, options.quiet);
  const reranker = await loadReranker(options, io, reporter);
  const meter = new ScoreMeter(input.file?.size);
  let format = options.text ? 'jsonl' : options.inputFormat;
  for await (const group of gatherGroups(readLines(input), GROUP)) {
    if (format === 'auto') {
      const first = group.find(({ problem }) => problem === undefined);
      format = first === undefined ? format : detectPairFormat(input.name, first.text);
    }
    const lineFormat = format === 'auto' ? 'jsonl' : format; // with no line that could be read, either does
    const lines = group.map((line) => parseInputLine(line, lineFormat, input.name));
    const inputs = lines.flatMap((line) => ('input' in line ? [line.input] : []));
    meter.see(inputs);
    const endByte = group.at(-1)?.endByte ?? 0;
    const answers = await scoreInputs(reranker, inputs, {
      signal: io.signal,
      onProgress: (progress) => reporter.status(() => meter.describe(progress, endByte)),
    });
    const next = answers.values();
    const scored = lines.map((line, i) => {
      const number = group[i]?.number;
      if ('error' in line) {
        return withAnswer(line.source, { error: line.error, line: number }, ANSWERS);
      }
      const answer = next.next().value;
      return withAnswer(
        line.source,
        answer?.added ?? { error: notFinite(`${input.name} line ${number}`).message, line: number },
        ANSWERS,
      );
    });
    const failed = answers.filter(({ added }) => added === undefined).length;
    reporter.clear();
    await output.write(scored.join(''));
    meter.add({
      pairs: inputs.length - failed,
      tokens: answers.reduce((sum, { usage }) => sum + usage.tokens, 0),
      cut: answers.filter(({ usage }) => usage.queryTokensCut + usage.documentTokensCut > 0).length,
      bad: lines.length - inputs.length + failed,
      endByte,
    });
  }
  await output.close();
  reporter.note(meter.summary(reranker.info.maxLength));
  return meter.badLines > 0 ? EXIT.input : EXIT.ok;
}

/** The texts of the command line, as lines of a file. */
function textsAsInput(texts: readonly string[]): Input {
  const lines = texts.map((text) => `${JSON.stringify({ text })}\n`).join('');
  return { name: '--text', stream: Readable.from([Buffer.from(lines)]), file: undefined };
}

/** What each line gains: a reranker's score, or a classifier's labels; nothing where the model failed on it. */
async function scoreInputs(
  reranker: Reranker,
  inputs: readonly ScoreInput[],
  options: ScoreOptions,
): Promise<{ added: Record<string, unknown> | undefined; usage: TokenUsage }[]> {
  const withFailures = { ...options, onFailure: () => {} };
  if (reranker.info.config.numLabels === 1) {
    const scores = await reranker.score(inputs, withFailures);
    return scores.map(({ logit, relevanceScore, calibratedScore, usage }) => ({
      added: isFiniteAnswer([logit])
        ? {
            logit,
            relevance_score: relevanceScore,
            ...(calibratedScore !== undefined && { calibrated_score: calibratedScore }),
          }
        : undefined,
      usage,
    }));
  }
  const classes = await reranker.classify(inputs, withFailures);
  return classes.map(({ logits, labelScores, usage }) => ({
    added: isFiniteAnswer(logits) ? { logits, label_scores: labelScores } : undefined,
    usage,
  }));
}
