import { createHash } from 'node:crypto';
import { InputError } from '../../errors/errors.js';
import type { TestCollection } from '../../evaluation/candidates.js';
import type { Run } from '../../evaluation/judgments.js';
import { openInput } from './input.js';
import type { Io } from './io.js';
import { describeJson, parseJsonObject } from './jsonl.js';
import { readLines } from './lines.js';

/** Questions with their candidates in the order of a first stage. */
export interface CandidateLists extends TestCollection {
  readonly run: Run;
  /** sha256 of the file. */
  readonly corpusHash: string;
}

/**
 * Reads lines `{"query", "documents": [{"text", "relevance"}]}`, perhaps with an `id` for the query and each document. A
 * document without `relevance` has no judgment. The order of the documents is that of the first stage.
 *
 * @throws InputError that names the line.
 */
export async function readCandidateLists(file: string, io: Io): Promise<CandidateLists> {
  const input = await openInput(file, io);
  const hash = createHash('sha256');
  const queries = new Map<string, string>();
  const documents = new Map<string, string>();
  const qrels = new Map<string, Map<string, number>>();
  const run = new Map<string, Map<string, number>>();
  for await (const lines of readLines(input)) {
    for (const { number, text, problem } of lines) {
      const fail = (what: string): never => {
        throw new InputError(`${input.name} line ${number}: ${what}`);
      };
      hash.update(`${text}\n`);
      const parsed = problem ?? parseJsonObject(text);
      if (typeof parsed === 'string') throw new InputError(`${input.name} line ${number}: ${parsed}`);
      const { query, documents: list } = parsed.fields;
      const queryId = idOf(parsed.fields.id, String(number), fail);
      if (typeof query !== 'string') fail(`"query" is ${describeJson(query)}; it must be a string.`);
      if (!Array.isArray(list)) return fail(`"documents" is ${describeJson(list)}; it must be a list.`);
      if (queries.has(queryId)) fail(`The id ${JSON.stringify(queryId)} is there twice.`);
      const judgments = new Map<string, number>();
      const scores = new Map<string, number>();
      for (const [i, document] of list.entries()) {
        const { id, text: body, relevance } = Object(document) as Partial<Record<string, unknown>>;
        const place = `"documents"[${i}]`;
        const documentId = idOf(id, `${queryId}.${i + 1}`, fail);
        if (typeof body !== 'string')
          return fail(`${place}.text is ${describeJson(body)}; it must be a string.`);
        if (relevance !== undefined && !Number.isSafeInteger(relevance)) {
          fail(`${place}.relevance is ${JSON.stringify(relevance)}; it must be a whole number.`);
        }
        if (scores.has(documentId)) fail(`${place} has the id of another document of this query.`);
        if (documents.has(documentId) && documents.get(documentId) !== body) {
          fail(`${place} has the id of a document with another text, ${JSON.stringify(documentId)}.`);
        }
        documents.set(documentId, body);
        scores.set(documentId, list.length - i);
        if (relevance !== undefined) judgments.set(documentId, relevance as number);
      }
      queries.set(queryId, query as string);
      if (judgments.size > 0) qrels.set(queryId, judgments);
      run.set(queryId, scores);
    }
  }
  if (qrels.size === 0) {
    throw new InputError(
      `${input.name} has no judgments. Each line needs "query" and "documents": [{"text", "relevance"}].`,
    );
  }
  return { queries, documents, qrels, run, corpusHash: hash.digest('hex') };
}

function idOf(given: unknown, otherwise: string, fail: (what: string) => never): string {
  if (given === undefined) return otherwise;
  if (typeof given === 'string' && given !== '') return given;
  return Number.isSafeInteger(given)
    ? String(given)
    : fail(`An id is ${describeJson(given)}; it must be a string or a whole number.`);
}
