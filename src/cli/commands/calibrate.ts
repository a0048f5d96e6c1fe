import { InputError } from '../../errors/errors.js';
import {
  assessCalibration,
  type CalibrationExample,
  findThreshold,
} from '../../evaluation/assess-calibration.js';
import {
  CALIBRATION_METHODS,
  type CalibrationMethod,
  fitCalibration,
} from '../../evaluation/fit-calibration.js';
import { writeWhole } from '../../files/write-whole.js';
import { EXIT, UsageError } from '../exit-codes.js';
import {
  type CalibrationReport,
  formatCalibrationReport,
  toCalibrationJson,
} from '../format/calibration-report.js';
import { formatCount, formatPlural } from '../format/format.js';
import { openInput } from '../io/input.js';
import type { Io } from '../io/io.js';
import { type LabelledPair, parseLabelledLine } from '../io/labelled-lines.js';
import { readAllLines } from '../io/lines.js';
import { writeOut } from '../io/output.js';
import { Reporter } from '../io/reporter.js';
import { loadModel } from '../load.js';
import {
  type Choose,
  type Cli,
  numeric,
  RUN_OPTIONS,
  type RunOptions,
  text,
  withDefault,
} from '../options.js';

interface CalibrateOptions extends RunOptions {
  readonly input: string;
  readonly out: string;
  readonly method: CalibrationMethod;
  readonly precision: number;
  readonly page: string | undefined;
  readonly format: 'table' | 'json';
}

/** `calibrate`: probabilities from labelled pairs. */
export function addCalibrateCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'calibrate',
    'Learn from labelled pairs how a score becomes the probability of relevance',
    (command) =>
      command
        .option('input', {
          ...text,
          demandOption: true,
          describe: 'JSONL of {"query", "document", "label"}, label 0 or 1, or - for stdin',
        })
        .option('out', { ...text, demandOption: true, describe: 'File for the calibration' })
        .option('method', {
          ...text,
          choices: CALIBRATION_METHODS,
          default: 'platt' as const,
          describe: 'platt: a sigmoid with slope and intercept; isotonic: any rising curve, for many pairs',
        })
        .option('precision', {
          ...withDefault(0.9, numeric(checkPrecision)),
          describe: 'Share of relevant pairs that a threshold is to give, above 0 and at most 1',
        })
        .option('page', { ...text, describe: 'HTML page with the reliability diagrams' })
        .option('format', {
          ...text,
          choices: ['table', 'json'] as const,
          default: 'table' as const,
          describe: 'table for people, or json',
        })
        .options(RUN_OPTIONS)
        .example('$0 calibrate --input labelled.jsonl --out calibration.json', '')
        .example(
          '$0 rerank --calibration calibration.json --query "capital of France" "Paris is a city."',
          '',
        )
        .epilogue(
          'The pairs should be like those that will be scored: the same kind of texts, and candidates of the same search. ' +
            'Errors are measured on queries that the curve was not fitted on (five folds of queries), with 95 % intervals ' +
            'from a bootstrap of the queries: ECE is the mean distance between what is said and what comes true, over 15 ' +
            'bins; Brier the mean squared distance from 0 or 1. If the scores do not tell relevant pairs from others, no ' +
            'file is written and the exit code is 2. rerank, score and serve take the file with --calibration; they refuse ' +
            'it for other weights, another dtype, length or truncation.',
        ),
    (options) => choose(options, (io) => calibrate(options, io)),
  );
}

function checkPrecision(value: number): number {
  if (!(value > 0 && value <= 1)) {
    throw new UsageError(`--precision is ${value}; it must be above 0 and at most 1.`);
  }
  return value;
}

async function calibrate(options: CalibrateOptions, io: Io): Promise<number> {
  const { method, precision, out, page, format } = options;
  const reporter = new Reporter(io, options.quiet);
  const { pairs, bad } = await readLabelled(options.input, io);
  const model = await loadModel(options, io, reporter);
  const { info } = model;
  try {
    if (info.config.numLabels !== 1) {
      throw new InputError(
        `${info.model} has ${info.config.numLabels} labels; calibrate needs a model with one.`,
      );
    }
    const answers = await model.score(
      pairs.map(({ pair }) => pair),
      {
        signal: io.signal,
        onProgress: ({ pairs: done, totalPairs }) =>
          reporter.status(() => `${formatCount(done)} of ${formatPlural(totalPairs, 'pair')} scored`),
      },
    );
    reporter.clear();
    const examples = pairs.map(({ pair: { query }, isRelevant, line }, i): CalibrationExample => {
      const logit = answers[i]?.logits[0] ?? Number.NaN;
      if (!Number.isFinite(logit)) {
        throw new InputError(
          `${options.input} line ${line}: the model gave no finite logit. Leave this pair out.`,
        );
      }
      return { logit, isRelevant, query };
    });
    const quality = assessCalibration(examples, method);
    const report: CalibrationReport = {
      model: info.model,
      method,
      quality,
      wanted: precision,
      threshold: findThreshold(quality.forecasts, precision),
    };
    if (quality.isSeparable) {
      const { dtype, maxLength, truncation, truncationSide } = info;
      const weights = await model.hashWeights();
      const curve = fitCalibration(examples, method);
      const { formatCalibration } = await import('../../engine/calibration-file.js');
      const file = { model: { weights, dtype, maxLength, truncation, truncationSide }, curve };
      await writeWhole(out, formatCalibration(file, toCalibrationJson(report)));
    }
    if (page !== undefined) {
      const { calibrationPage } = await import('../../evaluation/calibration-page.js');
      await writeWhole(page, calibrationPage(report).html);
    }
    await writeOut(
      io,
      format === 'json'
        ? `${JSON.stringify(toCalibrationJson(report), undefined, 2)}\n`
        : formatCalibrationReport(report, out),
    );
    for (const problem of bad) io.stderr.write(`${problem}\n`);
    if (bad.length > 0) reporter.note(`${formatPlural(bad.length, 'bad line')} left out.`);
    return quality.isSeparable && bad.length === 0 ? EXIT.ok : EXIT.input;
  } finally {
    model.dispose();
  }
}

/** Bad lines are left out and named. @throws InputError if nothing is left. */
async function readLabelled(
  path: string,
  io: Io,
): Promise<{ readonly pairs: readonly LabelledPair[]; readonly bad: readonly string[] }> {
  const input = await openInput(path, io);
  const lines = await readAllLines(input);
  const parsed = lines.map((line) => parseLabelledLine(line, input.name));
  const pairs = parsed.flatMap((line) => ('error' in line ? [] : [line]));
  const bad = parsed.flatMap((line) => ('error' in line ? [line.error] : []));
  if (pairs.length === 0) {
    throw new InputError(bad[0] ?? `${input.name} has no pairs.`);
  }
  return { pairs, bad };
}
