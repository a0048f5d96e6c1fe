import type { RerankDocument } from '../reranker/reranker.js';
import { type DocumentFormat, readDocuments } from './documents.js';
import type { Io } from './io.js';
import { type Cli, text } from './options.js';

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
      describe: 'Documents; also as --document (write -- before one that begins with a dash)',
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

/** yargs counts what stands behind `--` not to the command's documents, but to the words without a meaning. */
export function withWordsBehindDashes<T extends Pick<QueryDocuments, 'document'>>(
  options: T & { readonly _: readonly (string | number)[] },
): T {
  return { ...options, document: [...options.document, ...options._.slice(1).map(String)] };
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
