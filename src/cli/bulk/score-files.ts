import { stat } from 'node:fs/promises';
import type { Model } from '../../engine/model.js';
import { InputError } from '../../errors/errors.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { formatPlural } from '../format/format.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import type { PairFormat } from '../io/pair-lines.js';
import { Reporter } from '../io/reporter.js';
import { loadModel, type ScoreScaleOptions } from '../load.js';
import { BulkMeter } from './bulk-meter.js';
import { describeEstimate, estimate } from './dry-run.js';
import { FileRun } from './file-run.js';
import { type FilePlan, isFolderOrGlob, isParquet, planFiles } from './find-files.js';
import { LineTable } from './line-table.js';
import { OutputPlace } from './output-place.js';
import { ParquetTable } from './parquet/parquet-table.js';
import { assertQuarantineFree, writeQuarantine } from './quarantine.js';
import type { RunIdentity } from './run-identity.js';
import type { Totals } from './score-log.js';
import type { OutputChoice, Table } from './table.js';

/** What `score` over files takes beside the common options. */
export interface BulkOptions extends ScoreScaleOptions {
  readonly input: string;
  readonly output: string;
  readonly inputFormat: PairFormat | 'auto';
  readonly columns: readonly string[] | undefined;
  readonly quarantine: string | undefined;
  readonly workers: number | undefined;
  /** Says what a run would take, and writes nothing. */
  readonly dryRun: boolean;
}

/** Whether `score` is over files: what only that can do was asked for, or both ends are files. */
export async function isBulk(options: BulkOptions, needsFiles: boolean): Promise<boolean> {
  const { input, output } = options;
  if (needsFiles || isParquet(input) || (await isFolderOrGlob(input))) return true;
  return input !== '-' && output !== '-' && (await canBeFile(input)) && (await canBeFile(output));
}

/** `score` from files to files; a run that was ended is taken up where it was. */
export async function scoreFiles(options: BulkOptions, io: Io): Promise<number> {
  const { input, output, quarantine, dryRun } = options;
  if (input === '-' || (output === '-' && !dryRun)) {
    throw new UsageError(
      'Parquet, folders, patterns, --columns, --quarantine and --workers need --input and --output that are files or ' +
        'folders; --dry-run needs --input.',
    );
  }
  const reporter = new Reporter(io, options.quiet);
  const { files, ignored } = await planFiles(input, dryRun ? undefined : output);
  if (ignored.length > 0) {
    reporter.note(
      `Left out, as no format fits: ${formatPlural(ignored.length, 'file')}, ${ignored[0]} first`,
    );
  }
  const model = await loadModel(options, io, reporter);
  try {
    if (dryRun) {
      const tables = files.map((file) => () => openFile(file.input, options, model, io));
      await writeOut(io, `${describeEstimate(await estimate(tables, model, io.signal), files.length)}\n`);
      return EXIT.ok;
    }
    const runs = await prepare(files, options, model, io);
    if (quarantine !== undefined) {
      await assertQuarantineFree(
        quarantine,
        runs.some(({ run }) => run.isDone),
      );
    }
    const meter = new BulkMeter(runs.reduce((sum, { bytes }) => sum + bytes, 0));
    const totals: Totals = { rows: 0, pairs: 0, tokens: 0, cut: 0, bad: 0 };
    let start = 0;
    for (const { run, bytes } of runs) {
      meter.beginFile(start);
      const done = await run.run(io.signal, {
        onResume: (startByte) => meter.resume(startByte),
        onProgress: (progress, endByte) => reporter.status(() => meter.describe(progress, endByte)),
        onWindow: (window, cost, endByte) => meter.add(window, cost, endByte),
      });
      for (const name of Object.keys(totals) as (keyof Totals)[]) totals[name] += done[name];
      start += bytes;
    }
    if (quarantine !== undefined) {
      await writeQuarantine(
        quarantine,
        runs.map(({ place }) => place.badRows),
      );
    }
    reporter.clear();
    reporter.note(meter.summary(totals, files.length, model.info.maxLength));
    return totals.bad > 0 ? EXIT.input : EXIT.ok;
  } finally {
    reporter.clear();
    model.dispose();
  }
}

interface PreparedFile {
  readonly run: FileRun;
  readonly place: OutputPlace;
  readonly bytes: number;
}

/** Everything is looked at before the first row is scored. */
async function prepare(
  files: readonly FilePlan[],
  options: BulkOptions,
  model: Model,
  io: Io,
): Promise<PreparedFile[]> {
  const weights = await model.hashWeights();
  const choice: OutputChoice = { columns: options.columns, quarantine: options.quarantine !== undefined };
  const prepared: PreparedFile[] = [];
  for (const { input, output } of files) {
    io.signal.throwIfAborted();
    const stats = await stat(input);
    const identity = identify(weights, model, options, stats);
    const place = new OutputPlace(output as string);
    const openTable = () => openFile(input, options, model, io);
    const run = await FileRun.prepare({ input, place, identity, openTable, model, choice });
    prepared.push({ run, place, bytes: stats.size });
  }
  return prepared;
}

function identify(
  weights: string,
  model: Model,
  { columns, inputFormat, quarantine }: BulkOptions,
  { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number },
): RunIdentity {
  const { dtype, activation, calibration, maxLength, truncation, truncationSide, backend } = model.info;
  return {
    ...{ weights, dtype, activation, maxLength, truncation, truncationSide, inputFormat },
    ...(calibration && { calibration: JSON.stringify(calibration) }),
    backend: backend.name,
    maxBatchTokens: model.maxBatchTokens,
    columns: columns ?? null,
    quarantine: quarantine !== undefined,
    inputBytes: size,
    inputModified: new Date(mtimeMs).toISOString(),
  };
}

async function openFile(input: string, options: BulkOptions, model: Model, io: Io): Promise<Table> {
  if (!isParquet(input)) return LineTable.open(input, options.inputFormat, io);
  if (model.config.numLabels !== 1) {
    throw new InputError(
      `${input}: Parquet gets one logit a row, and the model has ${model.config.numLabels} labels. Give it JSON lines.`,
    );
  }
  return ParquetTable.open(input, options.columns);
}

/** Not a pipe or a device, which give or take each byte once. */
async function canBeFile(file: string): Promise<boolean> {
  const stats = await stat(file).catch(() => undefined);
  return stats === undefined || stats.isFile() || stats.isDirectory();
}
