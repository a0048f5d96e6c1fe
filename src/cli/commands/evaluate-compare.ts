import type { Model } from '../../engine/model.js';
import { parseMeasures } from '../../evaluation/measures.js';
import { judge, measureReranking } from '../../evaluation/rerank-quality.js';
import { holm } from '../../evaluation/significance.js';
import { writeWhole } from '../../files/write-whole.js';
import { median } from '../../math/statistics.js';
import { type BeirOptions, type BeirTask, readBeirTask } from '../evaluation/beir-task.js';
import { factsOfModel, factsOfTask } from '../evaluation/facts.js';
import { type ScoredTask, scoreTask } from '../evaluation/score-task.js';
import { parseVariants } from '../evaluation/variants.js';
import { EXIT } from '../exit-codes.js';
import { type ComparedSystem, formatSystems, toSystemsJson } from '../format/systems-report.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { Reporter } from '../io/reporter.js';
import { loadModelApart } from '../load.js';

/** Pairs and rounds that tell how fast the systems are. */
const TIMED_PAIRS = 48;
const ROUNDS = 5;

/** A variant's model with its scores. */
interface System extends ScoredTask {
  readonly name: string;
  readonly model: Model;
}

/**
 * `evaluate --beir --compare`: the command's own options, and variants of them, each in a process of its own; quality on
 * the same candidates, and speed in turn.
 */
export async function evaluateCompare(
  options: BeirOptions & { compare: readonly string[] },
  io: Io,
): Promise<number> {
  const reporter = new Reporter(io, options.quiet);
  const measures = parseMeasures(options.measures);
  const variants = [{ name: 'as given', options }, ...parseVariants(options.compare, options)];
  const task = await readBeirTask(options, io);
  const systems: System[] = [];
  const models: Model[] = [];
  try {
    for (const variant of variants) {
      const model = await loadModelApart(variant.options, io, reporter);
      models.push(model);
      systems.push({
        name: variant.name,
        model,
        ...(await scoreTask(model, task, options.cache, reporter, io)),
      });
    }
    const seconds = await timeInTurn(models, task, reporter, io);
    const [first] = systems as [System];
    const qualities = systems.map(({ run }) =>
      measureReranking(task.collection.qrels, first.run, run, measures),
    );
    const adjusted = holm(qualities.slice(1).map(([quality]) => quality?.comparison.p ?? 1));
    const compared = systems.map((system, i): ComparedSystem => {
      const own = qualities[i] ?? [];
      const [main] = own;
      const p = adjusted[i - 1] ?? 1;
      const verdict =
        main === undefined || main.verdict === 'cannot tell'
          ? 'cannot tell'
          : judge({ ...main.comparison, p });
      return {
        name: system.name,
        facts: factsOfModel(system.model.info, system),
        qualities: own,
        p,
        verdict,
        speed: (seconds[0] ?? Number.NaN) / (seconds[i] ?? Number.NaN),
      };
    });
    const facts = factsOfTask(task);
    const json = toSystemsJson(compared, facts);
    if (options.report !== undefined) await writeWhole(options.report, json);
    await writeOut(io, options.format === 'json' ? json : formatSystems(compared, facts));
    return EXIT.ok;
  } finally {
    for (const model of models) model.dispose();
  }
}

/** Seconds for the same pairs, tokenization included: medians over rounds in which the models take turns. */
async function timeInTurn(
  models: readonly Model[],
  { collection, firstStage }: BeirTask,
  reporter: Reporter,
  io: Io,
): Promise<number[]> {
  const all = [...firstStage.run].flatMap(([query, documents]) =>
    [...documents.keys()].map((document) => ({
      query: collection.queries.get(query) ?? '',
      document: collection.documents.get(document) ?? '',
    })),
  );
  const step = Math.max(1, Math.floor(all.length / TIMED_PAIRS));
  const pairs = all.filter((_, i) => i % step === 0).slice(0, TIMED_PAIRS);
  const seconds = models.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, model] of models.entries()) {
      reporter.status(() => `Speed: round ${round} of ${ROUNDS}, system ${i + 1} of ${models.length}`);
      const startedAt = performance.now();
      await model.score(pairs, { signal: io.signal });
      if (round > 0) seconds[i]?.push((performance.now() - startedAt) / 1000); // round 0 warms up
    }
  }
  reporter.clear();
  return seconds.map(median);
}
