import type { ModelInfo } from '../../engine/types.js';
import type { Throughput } from '../../evaluation/throughput.js';
import type { Processor } from '../../tools/native/processor.js';
import { formatBytes, formatCount, formatPlural } from './format.js';
import { visibleLine } from './visible.js';

/** The machine of a measurement. */
export interface BenchMachine {
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly processor: Processor;
  readonly memoryBytes: number;
  /** Version of TensorFlow; undefined for backends without it. */
  readonly tensorflow: string | undefined;
}

/** The results of `bench`. */
export interface BenchResult {
  readonly info: ModelInfo;
  readonly throughput: Throughput;
  readonly repeat: number;
  /** For model and backend, including the loading of their code. */
  readonly loadSeconds: number;
  /** The largest memory of the process. */
  readonly peakRssBytes: number;
}

/** The results for programs: a row for the backend and dtype. */
export function toBenchJson(machine: BenchMachine, result: BenchResult): unknown {
  const { info, throughput, repeat, loadSeconds, peakRssBytes } = result;
  const { docsPerSecond, tokensPerSecond } = throughput;
  const { memoryBytes, tensorflow, ...rest } = machine;
  return {
    machine: { ...rest, memory_bytes: memoryBytes, tensorflow: tensorflow ?? null },
    results: [
      {
        model: info.model,
        backend: info.backend.name,
        dtype: info.dtype,
        pairs: throughput.pairs,
        tokens: throughput.tokens,
        cut_pairs: throughput.cutPairs,
        max_length: info.maxLength,
        repeat,
        docs_per_second: docsPerSecond.median,
        tokens_per_second: tokensPerSecond.median,
        spread: {
          docs_per_second: { min: docsPerSecond.min, max: docsPerSecond.max },
          tokens_per_second: { min: tokensPerSecond.min, max: tokensPerSecond.max },
        },
        load_seconds: loadSeconds,
        first_score_seconds: throughput.firstScoreSeconds,
        peak_rss_bytes: peakRssBytes,
      },
    ],
  };
}

const NAME_COLUMNS = 14;

/** The results for people. */
export function formatBench(machine: BenchMachine, result: BenchResult): string {
  const { info, throughput, repeat, loadSeconds, peakRssBytes } = result;
  const { pairs, tokens, cutPairs, docsPerSecond, tokensPerSecond, firstScoreSeconds } = throughput;
  const { processor, node, memoryBytes, tensorflow } = machine;
  const system = [`Node ${node}`, tensorflow && `TensorFlow ${tensorflow}`].filter(Boolean).join(', ');
  const cut = cutPairs > 0 ? `, ${formatPlural(cutPairs, 'pair')} cut to ${info.maxLength} tokens` : '';
  const { median, min, max } = docsPerSecond;
  const lines: (readonly [string, string])[] = [
    ['model', `${info.model}, ${info.dtype}`],
    ['backend', info.backend.description],
    ['processor', `${processor.model}, ${formatPlural(processor.cores, 'core')}`],
    ['', processor.flags.join(' ') || 'flags unknown'],
    ['system', `${system}, ${(memoryBytes / 1e9).toFixed(1)} GB of memory`],
    ['pairs', `${formatCount(pairs)}, ${formatCount(tokens)} tokens${cut}`],
    [
      'documents/s',
      `${median.toFixed(1)}  (${min.toFixed(1)} to ${max.toFixed(1)}, ${formatPlural(repeat, 'run')})`,
    ],
    ['tokens/s', formatCount(tokensPerSecond.median)],
    ['load', `${loadSeconds.toFixed(2)} s`],
    ['first score', `${firstScoreSeconds.toFixed(3)} s`],
    ['peak memory', formatBytes(peakRssBytes)],
  ];
  return lines.map(([name, value]) => `${name.padEnd(NAME_COLUMNS)}${visibleLine(value)}\n`).join('');
}
