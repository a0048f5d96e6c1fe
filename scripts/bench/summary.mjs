// The summary of an engine's rounds, as compare.mjs writes it.

import { spread } from '../../dist/math/statistics.js';
import { countFlops } from './flops.mjs';

/**
 * @param record {name, ...facts, load: [], runs: {workload: [{seconds, cpu_seconds, pairs, tokens}]}, matmul: []}, one
 * entry for each round. @param machine {config of the model, threads}.
 */
export function summarize({ load, runs, matmul, ...record }, { config, threads }) {
  const of = (list, key) => spread(list.map((entry) => entry[key]));
  return {
    ...record,
    ...(load.length > 0 && {
      load: Object.fromEntries(Object.keys(load[0]).map((key) => [key, of(load, key)])),
    }),
    workloads: Object.entries(runs).map(([workload, list]) => {
      const docsPerSecond = list.map(({ pairs, seconds }) => pairs / seconds);
      return {
        workload,
        pairs: list[0].pairs,
        docs_per_second: { ...spread(docsPerSecond), rounds: docsPerSecond },
        tokens_per_second: spread(list.map(({ tokens, seconds }) => tokens / seconds)),
        // Share of all cores. The rest was not used by the engine, or other processes had it.
        processor_share: spread(list.map((run) => run.cpu_seconds / run.seconds / threads)),
      };
    }),
    ...(matmul.length > 0 && { peak: shareOfPeak(config, matmul, runs['fixed-128']) }),
  };
}

/** The peak of the machine's matrix products, and the share of it in the run of 128 tokens, round by round. */
function shareOfPeak(config, matmul, runs = []) {
  const flops = countFlops(config, 128);
  const share = (kind) =>
    spread(runs.map(({ pairs, seconds }, round) => (flops[kind] * pairs) / seconds / matmul[round]));
  return { flops_per_second: spread(matmul), share_done: share('done'), share_model: share('model') };
}
