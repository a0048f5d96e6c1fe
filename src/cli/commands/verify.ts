import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../errors.js';
import { resolveModelFolder } from '../../hub/resolve.js';
import type { ParityReport } from '../../parity/compare.js';
import type { Golden } from '../../parity/golden.js';
import type { LocalScorer } from '../../reranker/local-scorer.js';
import { EXIT, OutputError } from '../exit-codes.js';
import { formatCount, formatPlural } from '../format.js';
import type { Io } from '../io.js';
import { loadScorer } from '../load.js';
import { type Choose, type Cli, type CommonOptions, text } from '../options.js';
import { writeOut } from '../output.js';
import { Reporter } from '../reporter.js';
import { formatReport, toReportJson, type Verification } from '../verify-report.js';

/** What `verify` takes beside the common options. */
export interface VerifyOptions extends CommonOptions {
  readonly golden: string | undefined;
  readonly published?: boolean | undefined;
  readonly report: string | undefined;
}

/** `verify`: are these the reference's numbers? */
export function addVerifyCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'verify',
    "Compare token ids and logits with the reference implementation's",
    (command) =>
      command
        .option('golden', {
          ...text,
          describe:
            'File {provenance, tolerance, pairs:[{query, document, input_ids, logit, logit_float64?}]}',
          defaultDescription: "the model's reference.json",
        })
        .option('published', {
          type: 'boolean',
          describe: 'Compare with the scores that others published of bge-reranker-base, -large or -v2-m3',
        })
        .option('report', { ...text, describe: 'File to write everything to as JSON, a row a pair' })
        .conflicts('published', ['golden', 'report'])
        .example('$0 verify', '')
        .example('$0 verify --model ./bge-reranker-base --published', '')
        .example('$0 verify --model ./my-model --golden golden.json --report parity.json', '')
        .epilogue(
          "The file's tolerance holds, else 5e-5 (a difference of logits). Exit code 3 when a logit is farther from " +
            "the reference's than that, or token ids differ. scripts/reference/make_golden.py makes a golden of any model.",
        ),
    (options) => choose(options, (io) => verify(options, io)),
  );
}

async function verify(options: VerifyOptions, io: Io): Promise<number> {
  if (options.published) {
    return (await import('../published.js')).verifyPublished(options, io);
  }
  const { compareWithGolden } = await import('../../parity/compare.js');
  const reporter = new Reporter(io, options.quiet);
  const source = options.golden ?? path.join(await resolveModelFolder(options.model), 'reference.json');
  const golden = await readGolden(source, options.golden === undefined);
  const scorer = await loadScorer(options, io, reporter);
  const inputIds = idsOf(golden, scorer, source);
  const logits = await scorer.scoreIds(inputIds, {
    signal: io.signal,
    onProgress: ({ pairs, totalPairs }) =>
      reporter.status(() => `${formatCount(pairs)} of ${formatPlural(totalPairs, 'pair')} compared`),
  });
  reporter.clear();
  const report: ParityReport = compareWithGolden(golden, logits, inputIds);
  const verification: Verification = { source, golden, info: scorer.info, inputIds, logits, report };
  if (options.report !== undefined) {
    await writeReport(options.report, verification);
  }
  await writeOut(io, formatReport(verification));
  return report.passed ? EXIT.ok : EXIT.parity;
}

async function readGolden(file: string, isDefault: boolean): Promise<Golden> {
  const { parseGolden } = await import('../../parity/golden.js');
  const content = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (isDefault && cause.code === 'ENOENT') {
      throw new InputError(
        `${file} does not exist: this model brings no reference.\n` +
          'Give one with --golden FILE; scripts/reference/make_golden.py makes it with PyTorch.',
      );
    }
    const why = cause.code === 'ENOENT' ? 'it does not exist.' : cause.message;
    throw new InputError(`The golden file ${file} cannot be read: ${why}`, { cause });
  });
  return parseGolden(content, file);
}

/** Our ids of each pair's texts; a pair without texts is scored from the ids that the golden gives. */
function idsOf({ pairs }: Golden, scorer: LocalScorer, source: string): ArrayLike<number>[] {
  const { vocabSize, maxSequenceLength } = scorer.info.config;
  return pairs.map(({ text, inputIds }, i) => {
    const encoded = text && scorer.encode([text])[0]?.inputIds;
    if (encoded !== undefined) {
      return encoded;
    }
    if (inputIds.length > maxSequenceLength || inputIds.some((id) => id >= vocabSize)) {
      throw new InputError(
        `${source}: pairs.${i}.input_ids has ${inputIds.length} ids up to ${Math.max(...inputIds)}; this model has ` +
          `${maxSequenceLength} positions and ${vocabSize} ids. The golden is not of this model.`,
      );
    }
    return inputIds;
  });
}

async function writeReport(file: string, verification: Verification): Promise<void> {
  await writeFile(file, `${JSON.stringify(toReportJson(verification), undefined, 2)}\n`).catch(
    (cause: Error) => {
      throw new OutputError(`The report ${file} cannot be written: ${cause.message}`, { cause });
    },
  );
}
