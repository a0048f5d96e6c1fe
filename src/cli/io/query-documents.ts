import type { RerankDocument } from '../../reranker/check-inputs.js';
import { UsageError } from '../exit-codes.js';
import { type Cli, text } from '../options.js';
import { type DocumentFormat, readDocuments } from './documents.js';
import type { Io } from './io.js';

/** A query and its documents, as they stand on a command line. */
export interface QueryDocuments {
  readonly query: string | undefined;
  readonly document: readonly string[];
  readonly documents: string | undefined;
  readonly documentsFormat: DocumentFormat;
}

/** The options of commands that are about the documents of one query. */
export function addQueryDocuments(command: Cli) {
  return command
    .positional('document', {
      type: 'string',
      array: true,
      default: [] as string[],
      defaultDescription: 'none',
      describe:
        'Documents; also as --document, which can be repeated (write -- before one that begins with a dash)',
    })
    .option('query', { ...text, describe: 'What the documents are to answer' })
    .option('documents', { ...text, describe: 'File of documents, one a line, or - for stdin' })
    .option('documents-format', {
      ...text,
      choices: ['auto', 'text', 'jsonl'] as const,
      default: 'auto' as const,
      describe: 'A text a line, or a JSON string or object with "text" a line',
    });
}

/**
 * All documents of a command line in their order: words, `--document`, and what stands behind `--`. yargs keeps no
 * order between words and options, and drops the options where there are words.
 *
 * @throws UsageError for `--document` without a text behind it.
 * @param options what yargs made of the line: which options it has, and of which type.
 */
export function documentsInOrder(
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
): readonly string[] {
  const documents: string[] = [];
  let isCommand = true; // the first word
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === '--') {
      return [...documents, ...args.slice(i + 1)];
    }
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) {
      documents.push(...(isCommand ? [] : [arg]));
      isCommand = false;
    } else if (name === 'document') {
      documents.push(value ?? textBehind('document', args[++i]));
    } else if (value === undefined && takesNext(name, args[i + 1], options)) {
      i++;
    }
  }
  return documents;
}

/** An array may be empty for yargs, an option without its value not for us. */
function textBehind(name: string, next: string | undefined): string {
  if (next === undefined || /^-[^\d]/.test(next)) {
    throw new UsageError(`Not enough arguments following: ${name}`);
  }
  return next;
}

/** Whether an option has its value in the next argument: all but switches do, and those where it is a truth value. */
function takesNext(
  name: string,
  next: string | undefined,
  options: Readonly<Record<string, unknown>>,
): boolean {
  const isSwitch = [name, name.replace(/^no-/, '')].some((key) => typeof options[key] === 'boolean');
  return !isSwitch || next === 'true' || next === 'false';
}

/** The documents of the command line, then those of the file. @throws InputError that names file and line. */
export async function gatherDocuments(
  { document, documents, documentsFormat }: QueryDocuments,
  io: Io,
): Promise<RerankDocument[]> {
  return [
    ...document,
    ...(documents === undefined ? [] : await readDocuments(documents, documentsFormat, io)),
  ];
}
