import os from 'node:os';
import type { TextPair } from '../../engine/types.js';
import { InputError } from '../../errors/errors.js';
import { DEMO_PASSAGES, DEMO_QUESTIONS } from '../demo-set.js';
import { EXIT } from '../exit-codes.js';
import { type BenchMachine, formatBench, toBenchJson } from '../format/bench-report.js';
import { formatPlural } from '../format/format.js';
import { openInput } from '../io/input.js';
import type { Io } from '../io/io.js';
import { readAllLines } from '../io/lines.js';
import { writeOut } from '../io/output.js';
import { detectPairFormat, parsePairLine } from '../io/pair-lines.js';
import { Reporter } from '../io/reporter.js';
import { loadRanker } from '../load.js';
import { type Choose, type Cli, positiveInteger, RUN_OPTIONS, type RunOptions, text } from '../options.js';

/** Options of `bench`, in addition to the common ones. */
export interface BenchOptions extends RunOptions {
  readonly input: string | undefined;
  readonly repeat: number | undefined;
  readonly format: 'table' | 'json';
}

const DEFAULT_REPEAT = 5;
/** Every third passage of the demo: a hundred pairs, which take some seconds on wasm. */
const DEMO_STEP = 3;

/** `bench`: how fast pairs are scored on this machine. */
export function addBenchCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'bench',
    'Measure how fast pairs are scored here, tokenization included',
    (command) =>
      command
        .option('input', {
          ...text,
          describe: 'File of pairs in a format of score, or - for stdin',
          defaultDescription: '100 short pairs of the demo',
        })
        .option('repeat', {
          ...positiveInteger('--repeat'),
          describe: 'Timed runs over all pairs',
          defaultDescription: String(DEFAULT_REPEAT),
        })
        .option('format', {
          ...text,
          choices: ['table', 'json'] as const,
          default: 'table' as const,
          describe: 'table for people, or json',
        })
        .options(RUN_OPTIONS)
        .example('$0 bench --backend node --dtype bfloat16', '')
        .example('$0 bench --input pairs.jsonl --repeat 9 --format json', '')
        .epilogue(
          'Loads the model (load: seconds, including its code), scores the first pair alone (first score: seconds), scores ' +
            'all pairs once as a warm-up, then measures --repeat runs: documents and tokens per second are medians, with the ' +
            'slowest and the fastest run. Padding is not counted. Peak memory is the maximum of the process, in JSON in ' +
            'bytes. Each run measures one backend and dtype; for a comparison, run it for each in turn.',
        ),
    (options) => choose(options, (io) => bench(options, io)),
  );
}

async function bench(options: BenchOptions, io: Io): Promise<number> {
  const { input, repeat = DEFAULT_REPEAT, format, quiet } = options;
  const pairs = input === undefined ? demoPairs() : await readPairs(input, io);
  const reporter = new Reporter(io, quiet);
  const startedAt = performance.now();
  const reranker = await loadRanker(options, io, reporter);
  const loadSeconds = (performance.now() - startedAt) / 1000;
  const { measureThroughput } = await import('../../evaluation/throughput.js');
  const throughput = await measureThroughput(reranker, pairs, {
    repeat,
    signal: io.signal,
    onProgress: (run, progress) =>
      reporter.status(() => `Run ${run} of ${repeat}: ${progress.pairs} of ${progress.totalPairs} pairs`),
  });
  reporter.clear();
  const machine = await describeMachine();
  const peakRssBytes = process.resourceUsage().maxRSS * 1024; // Node gives kilobytes
  const result = { info: reranker.info, throughput, repeat, loadSeconds, peakRssBytes };
  await writeOut(
    io,
    format === 'json'
      ? `${JSON.stringify(toBenchJson(machine, result), undefined, 2)}\n`
      : formatBench(machine, result),
  );
  return EXIT.ok;
}

/** @throws InputError at the first invalid line, because a measurement must include all lines. */
async function readPairs(path: string, io: Io): Promise<TextPair[]> {
  const input = await openInput(path, io);
  const { name } = input;
  const lines = await readAllLines(input);
  const format = detectPairFormat(name, lines[0]?.text ?? '');
  const pairs = lines.map((line) => {
    const parsed = parsePairLine(line, format, name);
    if ('error' in parsed) {
      throw new InputError(parsed.error);
    }
    return parsed.pair;
  });
  if (pairs.length === 0) {
    throw new InputError(`${name} has no pairs; a measurement needs at least one.`);
  }
  const distinct = [...new Map(pairs.map((pair) => [JSON.stringify(pair), pair])).values()];
  const repeats = pairs.length - distinct.length;
  if (repeats > 0) {
    io.stderr.write(
      `${name}: ${formatPlural(repeats, 'repeated pair')} left out, since a call computes identical pairs once.\n`,
    );
  }
  return distinct;
}

function demoPairs(): TextPair[] {
  const passages = DEMO_PASSAGES.filter((_, i) => i % DEMO_STEP === 0);
  return DEMO_QUESTIONS.flatMap(({ query }) => passages.map(({ text: document }) => ({ query, document })));
}

async function describeMachine(): Promise<BenchMachine> {
  const { readProcessor } = await import('../../tools/native/processor.js');
  const { runProgram } = await import('../../tools/native/run-program.js');
  const { nativeFacts } = await import('../../kernels/native/native-facts.js');
  const { version, platform, arch } = process;
  return {
    node: version,
    platform,
    arch,
    processor: await readProcessor(platform, runProgram),
    memoryBytes: os.totalmem(),
    tensorflow: nativeFacts()?.tensorflow,
  };
}
