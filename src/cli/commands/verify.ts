import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeText } from '../../encoding/text-encoding.js';
import type { Model } from '../../engine/model.js';
import type { TextPair } from '../../engine/types.js';
import { InputError } from '../../errors/errors.js';
import { writeWhole } from '../../files/write-whole.js';
import { largestOf } from '../../math/extremes.js';
import type { ActivationReport } from '../../parity/activation-parity.js';
import type { ParityReport } from '../../parity/compare.js';
import type { Golden } from '../../parity/golden.js';
import { assertFinite } from '../../reranker/scores.js';
import { EXIT } from '../exit-codes.js';
import { formatCount, formatPlural } from '../format/format.js';
import { formatSetups, toSetupsJson } from '../format/setups-report.js';
import { formatReport, toReportJson, type Verification } from '../format/verify-report.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { readPairFile } from '../io/pair-file.js';
import { Reporter } from '../io/reporter.js';
import { loadModel, resolveModelFor, silenceTensorFlow } from '../load.js';
import { type Choose, type Cli, RUN_OPTIONS, type RunOptions, text } from '../options.js';
import { parseSetups, splitSetups } from '../setups.js';

/** Options of `verify`, in addition to the common ones. */
export interface VerifyOptions extends RunOptions {
  readonly golden: string | undefined;
  readonly published?: boolean | undefined;
  readonly report: string | undefined;
  readonly compare: readonly string[] | undefined;
  readonly input: string | undefined;
}

/** `verify`: whether the numbers are those of the reference. */
export function addVerifyCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'verify',
    "Compare token ids, logits and activations with the reference implementation's, or setups with each other",
    (command) =>
      command
        .option('golden', {
          ...text,
          describe:
            'File {provenance, tolerance, pairs:[{query, document (or text), input_ids, logit, logit_float64?}]}',
          defaultDescription: "the model's reference.json",
        })
        .option('published', {
          type: 'boolean',
          describe:
            'Compare with the scores that others published of bge-reranker-base, -large, -v2-m3, four fine-tunes of it, ' +
            'or mmarco-mMiniLMv2',
        })
        .option('report', { ...text, describe: 'File for all results as JSON, a row for each pair' })
        .option('compare', {
          ...text,
          coerce: splitSetups,
          describe:
            'Setups BACKEND or BACKEND:DTYPE, comma-separated; each is compared with the first, layer by layer',
        })
        .option('input', {
          ...text,
          describe: 'With --compare: a file of lines {"query", "document"}',
          defaultDescription: "the golden's pairs",
        })
        .conflicts('published', ['golden', 'report', 'compare'])
        .options(RUN_OPTIONS)
        .example('$0 verify', '')
        .example('$0 verify --model ./bge-reranker-base --published', '')
        .example('$0 verify --model ./my-model --golden golden.json --report parity.json', '')
        .example('$0 verify --compare node,wasm,node:bfloat16', '')
        .epilogue(
          "The tolerance for logits is the file's, else 5e-5. Exit code 3 if a logit differs from the reference's by more, " +
            'or token ids differ. Ids follow the file tokenizer.json, like Python tokenizers and ' +
            'transformers 4; transformers 5.6 and later may give others. ' +
            'scripts/reference/make_golden.py makes a golden of any model; ' +
            'with its --activations, every activation is compared too, and the first one outside the tolerance is named ' +
            'with its likely cause.\nWith --compare each setup runs in a process of its own; there is no tolerance, ' +
            'and differences and changes of order are listed.',
        ),
    (options) => choose(options, (io) => (options.compare ? compare(options, io) : verify(options, io))),
  );
}

async function verify(options: VerifyOptions, io: Io): Promise<number> {
  if (options.published) {
    return (await import('./verify-published.js')).verifyPublished(options, io);
  }
  const { compareWithGolden } = await import('../../parity/compare.js');
  const reporter = new Reporter(io, options.quiet);
  const { golden, source } = await findGolden(options, io, reporter);
  const model = await loadModel(options, io, reporter);
  const inputIds = idsOf(golden, model, source);
  const logits = await model.scoreSequences(inputIds, {
    signal: io.signal,
    onProgress: ({ pairs, totalPairs }) =>
      reporter.status(() => `${formatCount(pairs)} of ${formatPlural(totalPairs, 'pair')} compared`),
  });
  assertFinite(logits);
  const report: ParityReport = compareWithGolden(golden, logits, inputIds);
  const activations = await verifyActivations(golden, source, model, report, reporter, io);
  reporter.clear();
  const verification: Verification = {
    source,
    golden,
    info: model.info,
    inputIds,
    logits,
    report,
    activations,
  };
  if (options.report !== undefined) {
    await writeReport(options.report, toReportJson(verification));
  }
  await writeOut(io, formatReport(verification, io));
  return report.passed && activations?.firstOut === undefined ? EXIT.ok : EXIT.parity;
}

/** Compares activations with the reference's, if the golden has them. With other token ids nothing is comparable. */
async function verifyActivations(
  { pairs }: Golden,
  source: string,
  model: Model,
  { idMismatches }: ParityReport,
  reporter: Reporter,
  { signal }: Io,
): Promise<ActivationReport | undefined> {
  const { compareActivations, hasActivations } = await import('../../parity/activation-parity.js');
  if (!hasActivations(pairs) || idMismatches.length > 0) {
    return undefined;
  }
  const ids = pairs.map(({ inputIds }) => inputIds);
  return compareActivations(model, pairs, ids, path.dirname(source), (done) => {
    signal.throwIfAborted();
    reporter.status(
      () => `activations of ${formatCount(done)} of ${formatPlural(pairs.length, 'pair')} compared`,
    );
  });
}

/** Compares setups with each other, on a file's pairs or on the golden's. */
async function compare(options: VerifyOptions, io: Io): Promise<number> {
  const { compareSetups } = await import('../../parity/compare-setups.js');
  const reporter = new Reporter(io, options.quiet);
  const { model, maxLength, truncation, truncationSide } = options;
  const setups = parseSetups(options.compare ?? [], options.dtype).map(({ backend, dtype }) => ({
    model,
    options: { backend, dtype, maxLength, truncation, truncationSide },
  }));
  const pairs =
    options.input === undefined
      ? await goldenPairs(options, io, reporter)
      : await readPairFile(options.input, io);
  silenceTensorFlow();
  const report = await compareSetups(setups, pairs, {
    signal: io.signal,
    onPair: (done) =>
      reporter.status(() => `${formatCount(done)} of ${formatPlural(pairs.length, 'pair')} compared`),
  });
  reporter.clear();
  if (options.report !== undefined) {
    await writeReport(options.report, toSetupsJson(report, pairs));
  }
  await writeOut(io, formatSetups(report, pairs, io));
  return EXIT.ok;
}

async function findGolden(
  options: VerifyOptions,
  io: Io,
  reporter: Reporter,
): Promise<{ golden: Golden; source: string }> {
  const { folder } = await resolveModelFor(options, io, reporter);
  const source = options.golden ?? path.join(folder, 'reference.json');
  return { golden: await readGolden(source, options.golden === undefined), source };
}

async function goldenPairs(options: VerifyOptions, io: Io, reporter: Reporter): Promise<TextPair[]> {
  const { golden, source } = await findGolden(options, io, reporter);
  const pairs = golden.pairs.flatMap(({ input }) => (typeof input === 'object' ? [input] : []));
  if (pairs.length === 0) {
    throw new InputError(`${source} has no pair with its texts; use --input for a file of pairs.`);
  }
  return pairs;
}

async function readGolden(file: string, isDefault: boolean): Promise<Golden> {
  const { parseGolden } = await import('../../parity/golden.js');
  const content = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    if (isDefault && cause.code === 'ENOENT') {
      throw new InputError(
        `${file} does not exist: this model has no reference.\n` +
          'Name one with --golden FILE; scripts/reference/make_golden.py makes it with PyTorch.',
      );
    }
    const why = cause.code === 'ENOENT' ? 'it does not exist.' : cause.message;
    throw new InputError(`The golden file ${file} cannot be read: ${why}`, { cause });
  });
  return parseGolden(decodeText(content, file), file);
}

/** Our token ids of each pair's texts; for a pair without texts, the golden's token ids. */
function idsOf({ pairs }: Golden, model: Model, source: string): ArrayLike<number>[] {
  const { vocabSize, maxSequenceLength } = model.info.config;
  return pairs.map(({ input, inputIds }, i) => {
    const encoded = input === undefined ? undefined : model.encodeIds([input])[0];
    if (encoded !== undefined) {
      return encoded;
    }
    if (inputIds.length > maxSequenceLength || inputIds.some((id) => id >= vocabSize)) {
      throw new InputError(
        `${source}: pairs.${i}.input_ids has ${inputIds.length} ids up to ${largestOf(inputIds)}; this model has ` +
          `${maxSequenceLength} positions and ${vocabSize} ids. The golden is of another model.`,
      );
    }
    return inputIds;
  });
}

function writeReport(file: string, report: unknown): Promise<void> {
  return writeWhole(file, `${JSON.stringify(report, undefined, 2)}\n`);
}
