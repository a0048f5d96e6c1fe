// The results of compare.mjs as Markdown.

import { median, spread } from '../../dist/math/statistics.js';

/** A table of rows of cells; the first row is the header. */
export function table([head, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** A number with three significant digits. */
export function figure(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const withSpread = ({ median: middle, min, max }) =>
  min === max ? figure(middle) : `${figure(middle)} (${figure(min)}-${figure(max)})`;
const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
const named = ({ name, ours }) => (ours ? `**${name}**` : name);
const runOf = (engine, workload) => engine.workloads.find((run) => run.workload === workload);

/** The section for one model. */
export function describeComparison({ model, machine, rounds, restarted_each_round, workloads, results }) {
  const { processor, memory_bytes, threads } = machine;
  const working = results.filter(({ workloads }) => workloads.length > 0);
  const versions = Object.assign({}, ...results.map((engine) => engine.versions));
  return [
    `## ${model}`,
    `${processor.model}, ${threads} threads, ${(memory_bytes / 1e9).toFixed(0)} GB; ${processor.flags.join(' ')}. ` +
      `${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}. ` +
      `${rounds} ${rounds === 1 ? 'round' : 'rounds'}, each engine a process of its own, ${restarted_each_round ? 'started again for each turn' : 'kept from turn to turn'}.`,
    workloads
      .map(({ name, calls, pairs, tokens }) => {
        const called = calls === 1 ? 'one call' : `${calls} calls`;
        return `- ${name}: ${pairs} pairs in ${called}, ${figure(tokens / pairs)} tokens a pair`;
      })
      .join('\n'),
    'Documents a second, tokenization included: median (slowest-fastest round).',
    table([
      ['engine', ...workloads.map(({ name }) => name)],
      ...working.map((engine) => [
        named(engine),
        ...workloads.map(({ name }) => withSpread(runOf(engine, name).docs_per_second)),
      ]),
    ]),
    describeRatios(working, workloads),
    describeCosts(working),
    describePeaks(working),
    describeNotes(results),
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** Our speed relative to others of the same dtype, round by round, because a slow machine slows both. */
function describeRatios(engines, workloads) {
  const rows = engines
    .filter(({ name }) => name.startsWith('ours node'))
    .flatMap((ours) =>
      engines
        .filter((other) => !other.ours && other.dtype === ours.dtype)
        .map((other) => [
          `${ours.name} / ${other.name}`,
          ...workloads.map(({ name }) => withSpread(ratios(runOf(ours, name), runOf(other, name)))),
        ]),
    );
  return (
    rows.length > 0 &&
    `How many times as fast:\n\n${table([['', ...workloads.map(({ name }) => name)], ...rows])}`
  );
}

function ratios({ docs_per_second: a }, { docs_per_second: b }) {
  return spread(a.rounds.slice(0, b.rounds.length).map((rate, round) => rate / b.rounds[round]));
}

function describeCosts(engines) {
  const rows = engines.map((engine) => [
    named(engine),
    figure(engine.load.start_seconds.median),
    figure(engine.load.load_seconds.median),
    megabytes(engine.load.load_peak_rss_bytes.median),
    megabytes(engine.peak_rss_bytes),
    (100 * median(engine.workloads.map((run) => run.processor_share.median))).toFixed(0),
    engine.golden_difference ? engine.golden_difference.max.toExponential(1) : '',
  ]);
  const head = [
    'engine',
    'start, s',
    'load, s',
    'peak at load, MB',
    'peak, MB',
    'processor, %',
    'logits off by',
  ];
  return `Start: from the start of the process until the model is loaded, code included. Processor: the share of all cores that the engine had while it scored, median; what is missing it did not use, or others had. Logits off by: the largest distance from PyTorch's float64.\n\n${table([head, ...rows])}`;
}

function describePeaks(engines) {
  const rows = engines
    .filter(({ peak }) => peak?.share_done.median > 0)
    .map(({ name, peak: { flops_per_second, share_done, share_model } }) => [
      name,
      `${(flops_per_second.median / 1e9).toFixed(0)} (${(flops_per_second.min / 1e9).toFixed(0)}-${(flops_per_second.max / 1e9).toFixed(0)})`,
      percent(share_done),
      percent(share_model),
    ]);
  const head = ['', 'peak, GFLOP/s', 'share, operations done', "share, operations of the model's formula"];
  return (
    rows.length > 0 &&
    `A 2048 x 2048 x 2048 product in the same process, and what fixed-128 reaches of it. The last layer is done for the first token alone.\n\n${table([head, ...rows])}`
  );
}

const percent = ({ median, min, max }) => {
  const [middle, low, high] = [median, min, max].map((share) => (100 * share).toFixed(0));
  return `${middle} % (${low}-${high})`;
};

function describeNotes(results) {
  const notes = [
    ...results.filter(({ error }) => error).map(({ name, error }) => `- ${name} did not work: ${error}`),
    ...results
      .filter(({ documents }) => documents !== 'all')
      .map(({ name, documents }) => `- ${name}: ${documents} documents of each workload.`),
  ];
  return notes.join('\n');
}
