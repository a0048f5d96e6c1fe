import { InputError } from '../../errors/errors.js';
import { countMissed } from '../../evaluation/candidates.js';
import type { Run } from '../../evaluation/judgments.js';
import { parseMeasures } from '../../evaluation/measures.js';
import { measureReranking, type RerankQuality } from '../../evaluation/rerank-quality.js';
import { formatTrecRun } from '../../evaluation/trec.js';
import { writeWhole } from '../../files/write-whole.js';
import { type BeirOptions, type BeirTask, readBeirTask } from '../evaluation/beir-task.js';
import { factsOfModel, factsOfTask } from '../evaluation/facts.js';
import { scoreTask } from '../evaluation/score-task.js';
import { EXIT } from '../exit-codes.js';
import { formatPlural } from '../format/format.js';
import {
  describeVerdict,
  formatRerankReport,
  type RerankReport,
  toRerankJson,
} from '../format/rerank-report.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { Reporter } from '../io/reporter.js';
import { loadModel } from '../load.js';

/** `evaluate --beir`: a first stage, and the model's order of what it found. */
export async function evaluateBeir(options: BeirOptions, io: Io): Promise<number> {
  const { perQuery, format, report: reportFile, trecOut, page } = options;
  const reporter = new Reporter(io, options.quiet);
  const measures = parseMeasures(options.measures);
  const task = await readBeirTask(options, io);
  const { collection, firstStage } = task;
  if (trecOut !== undefined) assertWords([...collection.qrels.keys(), ...collection.documents.keys()]);
  const model = await loadModel(options, io, reporter);
  try {
    const scored = await scoreTask(model, task, options.cache, reporter, io);
    const result: RerankReport = {
      qualities: measureReranking(collection.qrels, firstStage.run, scored.run, measures),
      ...countMissed(collection.qrels, firstStage.run),
      facts: { ...factsOfModel(model.info, scored), ...factsOfTask(task) },
    };
    if (trecOut !== undefined) await writeWhole(trecOut, formatTrecRun(scored.run, model.info.model));
    if (reportFile !== undefined) await writeWhole(reportFile, toRerankJson(result));
    if (page !== undefined) await writePage(page, task, scored.run, result);
    await writeOut(io, format === 'json' ? toRerankJson(result) : formatRerankReport(result, { perQuery }));
    return EXIT.ok;
  } finally {
    model.dispose();
  }
}

async function writePage(file: string, task: BeirTask, reranked: Run, report: RerankReport): Promise<void> {
  const { qualityPage } = await import('../../evaluation/quality-page.js');
  const { facts, qualities } = report;
  const [main] = qualities as [RerankQuality];
  const page = qualityPage({
    title: `${facts.model} on ${formatPlural(facts.questions, 'question')}`,
    verdict: describeVerdict(main),
    qualities,
    collection: task.collection,
    firstStage: task.firstStage.run,
    reranked,
    facts: Object.entries(facts).map(([name, value]) => [
      name.replaceAll('_', ' '),
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  });
  await writeWhole(file, page.html);
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
