import {
  ATTRIBUTION_METHODS,
  type AttributionMethod,
} from '../../inspection/attribution/attribution-types.js';
import { EXIT, UsageError } from '../exit-codes.js';
import type { Io } from '../io/io.js';
import { addQueryDocuments } from '../io/query-documents.js';
import { type Choose, type Cli, OWN_OPTIONS, RUN_OPTIONS, text } from '../options.js';
import type { InspectOptions } from './inspect-documents.js';

/** `inspect`: why a document scored as it did. */
export function addInspectCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'inspect [document..]',
    'Show why documents score as they do: in the terminal, or as a page',
    (command) =>
      addQueryDocuments(command)
        .option('dataset', {
          ...text,
          describe: 'Instead: file of pairs, or - for stdin, for one page about all',
        })
        .option('out', { ...text, describe: 'HTML file to write: one self-contained page' })
        .option('method', {
          ...text,
          coerce: parseMethods,
          describe: `Methods that attribute the logit to words, comma-separated: ${ATTRIBUTION_METHODS.join(', ')}`,
          defaultDescription: 'occlusion; for a page also integrated_gradients and gradient_x_input',
        })
        .option('attention', {
          type: 'boolean',
          group: OWN_OPTIONS,
          describe: 'Include the attention of all heads in the page or the JSON',
          defaultDescription: 'yes for the page',
        })
        .option('format', {
          ...text,
          choices: ['text', 'json'] as const,
          default: 'text' as const,
          describe:
            'On stdout: text for people, or the whole inspection as JSON (a list for several documents)',
        })
        .option('compare', {
          ...text,
          describe: 'With --dataset: BACKEND or BACKEND:DTYPE to compare with, in a process of its own',
        })
        .options(RUN_OPTIONS)
        .example('$0 inspect --query "capital of France" --document "Paris is the capital of France."', '')
        .example('$0 inspect --query "熊猫吃什么" "大熊猫吃竹子。" "熊猫生活在山里。" --out why.html', '')
        .example('$0 inspect --dataset pairs.jsonl --compare node:bfloat16 --out pairs.html', '')
        .epilogue(
          'Blue words raise the score, orange ones lower it; without colours the strongest words have numbers. Gradients ' +
            'need --dtype float32 and are slower than scoring. The page contains all documents, the best first, and opens ' +
            'without a network.',
        ),
    (options) => choose(options, (io) => inspect(options, io)),
  );
}

function parseMethods(list: string | undefined): readonly AttributionMethod[] | undefined {
  return list?.split(',').map((given) => {
    const name = given.trim().replaceAll('-', '_');
    const method = ATTRIBUTION_METHODS.find((known) => known === name);
    if (method === undefined) {
      throw new UsageError(
        `--method does not know "${given}"; use some of ${ATTRIBUTION_METHODS.join(', ')}.`,
      );
    }
    return method;
  });
}

async function inspect(options: InspectOptions, io: Io): Promise<number> {
  const { query, document, documents, dataset, out, compare, method, format } = options;
  if (dataset !== undefined) {
    if (query !== undefined || document.length > 0 || documents !== undefined || method !== undefined) {
      throw new UsageError(
        '--dataset has pairs of its own and no view of words; leave out --query, documents and the options for words.',
      );
    }
    if (out === undefined) {
      throw new UsageError('--dataset writes a page; say where with --out FILE.');
    }
    const { inspectDataset } = await import('./inspect-dataset.js');
    return inspectDataset({ ...options, dataset, out }, io);
  }
  if (query === undefined || (document.length === 0 && documents === undefined)) {
    throw new UsageError('Give --query and at least one --document, a file of --documents, or --dataset.');
  }
  if (compare !== undefined) {
    throw new UsageError('--compare needs --dataset.');
  }
  if (out !== undefined && format === 'json') {
    throw new UsageError('--format json goes to stdout, --out writes a page; use only one of them.');
  }
  const { inspectDocuments } = await import('./inspect-documents.js');
  await inspectDocuments({ ...options, query }, io);
  return EXIT.ok;
}
