import { release } from 'node:os';
import path from 'node:path';
import type { Model } from '../../engine/model.js';
import { InputError } from '../../errors/errors.js';
import { countMissed, firstOfRun, retrieveCandidates } from '../../evaluation/candidates.js';
import type { Qrels, Run } from '../../evaluation/judgments.js';
import { parseMeasures } from '../../evaluation/measures.js';
import { measureReranking } from '../../evaluation/rerank-quality.js';
import { ScoreCache } from '../../evaluation/score-cache.js';
import { CandidateScorer } from '../../evaluation/score-candidates.js';
import { DEFAULT_ROUNDS, DEFAULT_SEED } from '../../evaluation/significance.js';
import { formatTrecRun } from '../../evaluation/trec.js';
import { cacheFolder } from '../../files/cache-folder.js';
import { writeWhole } from '../../files/write-whole.js';
import { packageVersion } from '../../server/package-version.js';
import { EXIT } from '../exit-codes.js';
import { formatBar, formatCount, formatDuration, formatPlural } from '../format/format.js';
import { formatRerankReport, type RerankReport, toRerankJson } from '../format/rerank-report.js';
import { type BeirFolder, readBeirFolder } from '../io/beir-folder.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { Reporter } from '../io/reporter.js';
import { readRun } from '../io/trec-files.js';
import { loadModel } from '../load.js';
import type { RunOptions } from '../options.js';

const BAR_CELLS = 20;
const DEFAULT_DEPTH = 100;

/** Options of `evaluate` with a collection. */
export interface BeirOptions extends RunOptions {
  readonly beir: string;
  readonly qrels: string | undefined;
  readonly run: string | undefined;
  readonly rerank: number | undefined;
  readonly questions: number | undefined;
  readonly measures: string;
  readonly perQuery: boolean;
  readonly cache: string | undefined;
  readonly trecOut: string | undefined;
  readonly report: string | undefined;
  readonly format: 'table' | 'json';
}

/** `evaluate --beir`: a first stage, and the model's order of what it found. */
export async function evaluateBeir(options: BeirOptions, io: Io): Promise<number> {
  const {
    beir,
    run: runFile,
    rerank: depth = DEFAULT_DEPTH,
    questions,
    perQuery,
    format,
    report: reportFile,
    trecOut,
  } = options;
  const reporter = new Reporter(io, options.quiet);
  const measures = parseMeasures(options.measures);
  const collection = takeQuestions(await readBeirFolder(beir, options.qrels, io), questions);
  const { qrels, documents } = collection;
  if (trecOut !== undefined) assertWords([...qrels.keys(), ...documents.keys()]);
  const firstStage =
    runFile === undefined
      ? { name: 'BM25', settings: { k1: 1.2, b: 0.75 }, run: retrieveCandidates(collection, depth) }
      : { name: path.basename(runFile), settings: {}, run: await readFirst(runFile, collection, depth, io) };
  const model = await loadModel(options, io, reporter);
  try {
    assertRanks(model);
    const weights = await model.hashWeights();
    const { info } = model;
    const cache = await ScoreCache.open(
      options.cache ?? path.join(cacheFolder(process.platform, process.env.XDG_CACHE_HOME), 'scores'),
      {
        model: info.model,
        weights,
        dtype: info.dtype,
        backend: info.backend.name,
        maxLength: info.maxLength,
      },
    );
    try {
      const scorer = CandidateScorer.prepare(model, collection, firstStage.run, cache);
      const startedAt = performance.now();
      const reranked = await scoreAll(scorer, qrels.size, depth, reporter, io);
      const result: RerankReport = {
        qualities: measureReranking(qrels, firstStage.run, reranked, measures),
        ...countMissed(qrels, firstStage.run),
        facts: {
          model: info.model,
          ...(info.revision !== undefined && { revision: info.revision }),
          weights_sha256: weights,
          dtype: info.dtype,
          backend: info.backend.name,
          max_length: info.maxLength,
          truncation: info.truncation,
          truncation_side: info.truncationSide,
          questions: qrels.size,
          documents: documents.size,
          corpus_sha256: collection.corpusHash,
          first_stage: firstStage.name,
          first_stage_settings: firstStage.settings,
          reranked: depth,
          pairs: scorer.plan.pairs,
          cut_pairs: scorer.plan.cutPairs,
          computed_pairs: scorer.plan.missing,
          seconds: (performance.now() - startedAt) / 1000,
          rounds: DEFAULT_ROUNDS,
          seed: DEFAULT_SEED,
          versions: {
            'tfjs-reranker': packageVersion(),
            node: process.version,
            system: `${process.platform} ${release()} ${process.arch}`,
          },
        },
      };
      if (trecOut !== undefined) await writeWhole(trecOut, formatTrecRun(reranked, info.model));
      if (reportFile !== undefined) await writeWhole(reportFile, toRerankJson(result));
      await writeOut(io, format === 'json' ? toRerankJson(result) : formatRerankReport(result, { perQuery }));
      return EXIT.ok;
    } finally {
      await cache.close();
    }
  } finally {
    model.dispose();
  }
}

async function scoreAll(
  scorer: CandidateScorer,
  questions: number,
  depth: number,
  reporter: Reporter,
  io: Io,
): Promise<Run> {
  const { pairs, missing, missingTokens } = scorer.plan;
  const size = `${formatPlural(questions, 'question')} x ${depth} documents: ${formatPlural(pairs, 'pair')}`;
  if (missing === 0) {
    reporter.note(`${size}, all of them scored before`);
  } else {
    const ms = await scorer.estimateMs(io.signal);
    reporter.note(`${size}, ${formatCount(missing)} to score; about ${formatDuration(ms)} here`);
  }
  const startedAt = performance.now();
  const run = await scorer.score({
    signal: io.signal,
    onProgress: (progress) =>
      reporter.status(() => {
        const elapsed = performance.now() - startedAt;
        const done = progress.tokens / missingTokens;
        const left = formatDuration((elapsed * (1 - done)) / done);
        return `${formatBar(done, BAR_CELLS)} ${Math.floor(done * 100)} %  ${formatCount(progress.pairs)} pairs  ${left} left`;
      }),
  });
  reporter.clear();
  return run;
}

/** `count` of the queries with judgments, evenly spread over them. */
function takeQuestions(collection: BeirFolder, count: number | undefined): BeirFolder {
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

function assertRanks({ info }: Model): void {
  const { numLabels, labels } = info.config;
  if (numLabels !== 1) {
    throw new InputError(
      `${info.model} has ${numLabels} labels (${labels.join(', ')}): it is a classifier and cannot rank.`,
    );
  }
}

/** Columns of a run are separated by blanks. */
function assertWords(ids: readonly string[]): void {
  const bad = ids.find((id) => !/^\S+$/.test(id));
  if (bad !== undefined) {
    throw new InputError(
      `The id ${JSON.stringify(bad)} has blanks, or is empty; a TREC run cannot hold it. Leave out --trec-out.`,
    );
  }
}
