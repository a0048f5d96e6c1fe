import path from 'node:path';
import { InputError } from '../../errors/errors.js';
import { firstOfRun, retrieveCandidates, type TestCollection } from '../../evaluation/candidates.js';
import type { Qrels, Run } from '../../evaluation/judgments.js';
import { UsageError } from '../exit-codes.js';
import { type BeirFolder, readBeirFolder } from '../io/beir-folder.js';
import { readCandidateLists } from '../io/candidate-lists.js';
import type { Io } from '../io/io.js';
import { readRun } from '../io/trec-files.js';
import type { RunOptions } from '../options.js';

/** Options of `evaluate` with a collection. */
export interface BeirOptions extends RunOptions {
  /** A folder in BEIR's form; else `candidates` is there. */
  readonly beir: string | undefined;
  readonly candidates: string | undefined;
  readonly qrels: string | undefined;
  readonly run: string | undefined;
  readonly rerank: number | undefined;
  readonly questions: number | undefined;
  readonly measures: string;
  readonly perQuery: boolean;
  readonly cache: string | undefined;
  readonly trecOut: string | undefined;
  readonly report: string | undefined;
  readonly page: string | undefined;
  readonly format: 'table' | 'json';
}

/** Questions with their candidates, before any model. */
export interface BeirTask {
  readonly collection: Collection;
  readonly firstStage: {
    readonly name: string;
    readonly settings: Readonly<Record<string, number>>;
    readonly run: Run;
  };
  /** Candidates of each question, at most. */
  readonly depth: number;
}

/** A collection, and a sum that identifies its texts. */
type Collection = TestCollection & { readonly corpusHash: string };

const DEFAULT_DEPTH = 100;

/** Reads the collection, and finds the candidates. @throws InputError that names file and line. */
export async function readBeirTask(options: BeirOptions, io: Io): Promise<BeirTask> {
  const { beir, candidates, qrels, run, questions, rerank: depth = DEFAULT_DEPTH } = options;
  if (candidates !== undefined) {
    const { run: given, ...lists } = await readCandidateLists(candidates, io);
    const collection = takeQuestions(lists, questions);
    const firstStage = {
      name: path.basename(candidates),
      settings: {},
      run: firstOfRun(given, collection.qrels, depth),
    };
    return { collection, firstStage, depth };
  }
  if (beir === undefined)
    throw new UsageError('There are no questions; give them with --beir or --candidates.');
  const collection = takeQuestions(await readBeirFolder(beir, qrels, io), questions);
  const firstStage =
    run === undefined
      ? { name: 'BM25', settings: { k1: 1.2, b: 0.75 }, run: retrieveCandidates(collection, depth) }
      : { name: path.basename(run), settings: {}, run: await readFirst(run, collection, depth, io) };
  return { collection, firstStage, depth };
}

/** `count` of the queries with judgments, evenly spread over them. */
function takeQuestions<C extends TestCollection>(collection: C, count: number | undefined): C {
  const all = [...collection.qrels];
  if (count === undefined || count >= all.length) return collection;
  const some = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]);
  return { ...collection, qrels: new Map(some as [string, ReadonlyMap<string, number>][]) satisfies Qrels };
}

async function readFirst(file: string, collection: BeirFolder, depth: number, io: Io): Promise<Run> {
  const run = await readRun(file, io, { queries: collection.queries, documents: collection.documents });
  if (![...collection.qrels.keys()].some((query) => run.has(query))) {
    throw new InputError(`No query of ${collection.qrelsFile} has results in ${file}; are the ids the same?`);
  }
  return firstOfRun(run, collection.qrels, depth);
}
