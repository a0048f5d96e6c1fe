import type { TextPair } from '../../engine/types.js';
import { asOutputError, writeWhole } from '../../files/write-whole.js';
import { DEMO_PASSAGES, DEMO_QUESTIONS } from '../demo-set.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { formatConversion, toConversionJson } from '../format/conversion-report.js';
import { formatBytes } from '../format/format.js';
import { readCorpus } from '../io/corpus.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { readPairFile } from '../io/pair-file.js';
import { Reporter } from '../io/reporter.js';
import { resolveModelFor, silenceTensorFlow } from '../load.js';
import {
  type Choose,
  type Cli,
  MODEL_OPTIONS,
  type ModelSelection,
  positiveInteger,
  RUN_OPTIONS,
  type RunOptions,
  text,
} from '../options.js';

/** Options of `convert`, in addition to the common ones. */
export interface ConvertOptions extends ModelSelection {
  readonly backend: RunOptions['backend'];
  readonly out: string;
  readonly to: 'F32' | 'F16' | 'BF16' | undefined;
  readonly maxShardSize: number | undefined;
  readonly keepVocabulary: readonly string[] | undefined;
  readonly minCount: number | undefined;
  readonly sample: string | undefined;
  readonly report: string | undefined;
}

/** Number of passages for each question of the default sample. */
const SAMPLE_PASSAGES = 8;

/** `convert`: the same model in another dtype, in other files, with fewer pieces; and the effect on its scores. */
export function addConvertCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'convert',
    'Write a model in another form: another dtype, one file or shards, a smaller vocabulary',
    (command) =>
      command
        .option('out', { ...text, demandOption: true, describe: 'Folder to create' })
        .option('to', {
          ...text,
          choices: ['F32', 'F16', 'BF16'] as const,
          describe: 'dtype of the stored weights',
          defaultDescription: 'unchanged',
        })
        .option('max-shard-size', {
          ...text,
          coerce: parseSize,
          describe: 'Largest size of a shard, such as 500MB or 2GB',
          defaultDescription: 'one file',
        })
        .option('keep-vocabulary', {
          ...text,
          array: true,
          describe:
            'Files of texts (.txt, .jsonl); pieces that these texts do not need are removed; can be repeated',
        })
        .option('min-count', {
          ...positiveInteger('--min-count'),
          describe: 'With --keep-vocabulary: the least number of occurrences of a kept piece',
          defaultDescription: '1',
        })
        .option('sample', {
          ...text,
          describe: 'File of lines {"query", "document"} for comparing the new model with the old one',
          defaultDescription: "80 pairs of the demo's texts",
        })
        .option('report', { ...text, describe: 'File to write the comparison to as JSON' })
        .options({ ...MODEL_OPTIONS, backend: RUN_OPTIONS.backend })
        .example('$0 convert --model ./bge-reranker-base --to BF16 --out ./bge-reranker-base-bf16', '')
        .example('$0 convert --model ./model --keep-vocabulary corpus.txt --out ./small-model', '')
        .epilogue(
          'The new folder appears only when it is complete. The new vocabulary has the pieces that the texts use, single ' +
            'characters of their scripts, punctuation and digits, and special tokens; scores of texts made of these pieces ' +
            'do not change. Then both models score the sample in float32 on --backend.',
        ),
    (options) => choose(options, (io) => convert(options, io)),
  );
}

async function convert(options: ConvertOptions, io: Io): Promise<number> {
  if (options.minCount !== undefined && options.keepVocabulary === undefined) {
    throw new UsageError('--min-count needs --keep-vocabulary.');
  }
  const { convertModel } = await import('../../tools/conversion/convert-model.js');
  const { measureFidelity } = await import('../../tools/conversion/fidelity.js');
  silenceTensorFlow();
  const reporter = new Reporter(io, options.quiet);
  const { folder: model } = await resolveModelFor(options, io, reporter);
  const pairs = options.sample === undefined ? defaultSample() : await readPairFile(options.sample, io);
  const conversion = await convertModel(model, options.out, {
    dtype: options.to,
    maxShardBytes: options.maxShardSize,
    corpus: options.keepVocabulary && readCorpus(options.keepVocabulary, io),
    minCount: options.minCount,
    signal: io.signal,
    onBytes: (written, total) =>
      reporter.status(() => `${formatBytes(written)} of ${formatBytes(total)} written`),
  }).catch((cause) => {
    throw asOutputError(options.out, cause);
  });
  reporter.note(`${conversion.folder} is written; both models score ${pairs.length} pairs`);
  const fidelity = await measureFidelity(model, conversion.folder, pairs, { backend: options.backend });
  if (options.report !== undefined) {
    const report = toConversionJson(conversion, fidelity);
    await writeWhole(options.report, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  await writeOut(io, formatConversion(conversion, fidelity));
  return EXIT.ok;
}

/** Each question with its passage and the ones after it. */
function defaultSample(): TextPair[] {
  return DEMO_QUESTIONS.flatMap(({ query, expected }) => {
    const first = DEMO_PASSAGES.findIndex(({ id }) => id === expected);
    return Array.from({ length: SAMPLE_PASSAGES }, (_, i) => ({
      query,
      document: DEMO_PASSAGES[(first + i) % DEMO_PASSAGES.length]?.text ?? '',
    }));
  });
}

/** `500MB`, `2GB` or a number of bytes; in powers of ten, as in transformers. */
function parseSize(given: string | undefined): number | undefined {
  if (given === undefined) {
    return undefined;
  }
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(|[KMG]B)$/i.exec(given) ?? [];
  const bytes = Number(number) * 1000 ** ['', 'KB', 'MB', 'GB'].indexOf(unit.toUpperCase());
  if (!(bytes >= 1)) {
    throw new UsageError(`--max-shard-size must be a size such as 500MB or 2GB, not "${given}".`);
  }
  return bytes;
}
