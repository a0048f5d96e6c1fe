import type { DatasetPair, Hooks, Inspector, ShapedPair } from '../../inspection/index.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { formatCount, formatPlural } from '../format/format.js';
import { formatTrace } from '../format/trace-table.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { readPairs } from '../io/pair-file.js';
import { Reporter } from '../io/reporter.js';
import { loadInspector } from '../load.js';
import {
  type Choose,
  type Cli,
  OWN_OPTIONS,
  positiveInteger,
  RUN_OPTIONS,
  type RunOptions,
  text,
} from '../options.js';

/** Options of `trace`, in addition to the common ones. */
export interface TraceCommandOptions extends RunOptions {
  readonly query: string | undefined;
  readonly document: string | undefined;
  readonly input: string | undefined;
  readonly dataset: string | undefined;
  readonly names: readonly string[];
  readonly out: string | undefined;
  readonly shapes: boolean;
  readonly pool: 'first' | 'mean' | undefined;
  readonly shardPairs: number | undefined;
  readonly ablate: readonly string[];
}

const many = { type: 'string', array: true, requiresArg: true, group: OWN_OPTIONS } as const;

/** `trace`: writes activations, to the terminal or to files. */
export function addTraceCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'trace',
    'Write activations of the model to the terminal, to .npy, .safetensors or JSON',
    (command) =>
      command
        .option('query', { ...text, describe: 'First text of a pair' })
        .option('document', { ...text, describe: 'Second text of a pair' })
        .option('input', { ...text, describe: 'Instead: file of pairs, JSONL or TSV, or - for stdin' })
        .option('dataset', {
          ...text,
          describe: 'Instead: file of any number of pairs, pooled into shards; an interrupted run continues',
        })
        .option('names', {
          ...many,
          default: [] as string[],
          defaultDescription: 'none',
          describe: 'Activations: * matches anything within a part of a name, ** any parts; can be repeated',
        })
        .option('out', {
          ...text,
          describe: 'File (.npy, .safetensors, .json) or folder; for --dataset the folder of the shards',
          defaultDescription: 'a table on stdout',
        })
        .option('shapes', {
          type: 'boolean',
          group: OWN_OPTIONS,
          default: false,
          describe: 'Only names and shapes: nothing is computed, no weights are read',
        })
        .option('pool', {
          ...text,
          choices: ['first', 'mean'] as const,
          describe: 'With --dataset: the row of the first token, or the mean of all tokens',
        })
        .option('shard-pairs', {
          ...positiveInteger('--shard-pairs'),
          describe: 'With --dataset: number of pairs in a shard',
          defaultDescription: '1024',
        })
        .option('ablate', {
          ...many,
          default: [] as string[],
          defaultDescription: 'none',
          describe: 'Remove a head (LAYER.HEAD, from 0) or a layer (LAYER) from the model; can be repeated',
        })
        .options(RUN_OPTIONS)
        .example(`$0 trace --query "capital of France" --document "Paris." --names '**' --shapes`, '')
        .example(
          `$0 trace --query q --document d --names 'encoder.layer.*.attention.self.probs' --out probs.safetensors`,
          '',
        )
        .example(
          `$0 trace --dataset pairs.jsonl --names encoder.layer.11.output.LayerNorm --pool first --out pooled`,
          '',
        )
        .epilogue(
          'Arrays are float32, without batch and padding. .npy holds one activation of one pair; in .safetensors a ' +
            'single pair has plain names, several pairs have pairs.0.NAME, and the metadata contain the tokens. A data set ' +
            'becomes shards [pairs, width] and index.json with their ids; the same command continues after the last ' +
            'shard, and refuses other settings or other pairs.',
        ),
    (options) => choose(options, (io) => run(options, io)),
  );
}

async function run(options: TraceCommandOptions, io: Io): Promise<number> {
  assertOptions(options);
  if (options.dataset !== undefined) {
    return traceDataset(options, options.dataset, io);
  }
  const pairs = await givenPairs(options, io);
  if (options.shapes) {
    await writeOut(
      io,
      (await shapesOf(pairs, options, io)).map((pair) => formatTrace(pair, io.columns)).join('\n'),
    );
    return EXIT.ok;
  }
  const reporter = new Reporter(io, options.quiet);
  const inspector = await loadInspector(options, io, reporter);
  const hooks = await ablations(options.ablate, inspector);
  const traced = await inspector.trace(pairs, { names: options.names, hooks, signal: io.signal });
  if (options.out === undefined) {
    await writeOut(io, traced.map((pair) => formatTrace(pair, io.columns)).join('\n'));
  } else {
    const files = await inspector.export(options.out, traced);
    reporter.note(
      `${formatPlural(files.length, 'file')} written: ${files[0]}${files.length > 1 ? ' …' : ''}`,
    );
  }
  return EXIT.ok;
}

function assertOptions({
  query,
  document,
  input,
  dataset,
  names,
  out,
  shapes,
  pool,
  ...rest
}: TraceCommandOptions): void {
  const isPair = query !== undefined || document !== undefined;
  if ([isPair, input !== undefined, dataset !== undefined].filter(Boolean).length !== 1) {
    throw new UsageError('Use one of: --query with --document, --input, --dataset.');
  }
  if (isPair && (query === undefined || document === undefined)) {
    throw new UsageError('A pair needs both --query and --document.');
  }
  if (dataset !== undefined && (pool === undefined || out === undefined || names.length === 0)) {
    throw new UsageError('--dataset needs --names, --pool and --out.');
  }
  if (dataset === undefined && (pool !== undefined || rest.shardPairs !== undefined)) {
    throw new UsageError('--pool and --shard-pairs need --dataset.');
  }
  if ((shapes || dataset !== undefined) && rest.ablate.length > 0) {
    throw new UsageError('--ablate needs a pair or --input, and cannot be used with --shapes.');
  }
  if (shapes && (dataset !== undefined || out !== undefined)) {
    throw new UsageError('--shapes prints a table; leave out --dataset and --out.');
  }
}

async function givenPairs(
  { query = '', document = '', input }: TraceCommandOptions,
  io: Io,
): Promise<DatasetPair[]> {
  if (input === undefined) {
    return [{ query, document }];
  }
  const pairs: DatasetPair[] = [];
  for await (const pair of readPairs(input, io)) {
    pairs.push(pair);
  }
  return pairs;
}

/** It needs neither weights nor a backend, so it is fast. */
async function shapesOf(
  pairs: readonly DatasetPair[],
  options: TraceCommandOptions,
  io: Io,
): Promise<ShapedPair[]> {
  const { shapesOf } = await import('../../inspection/trace/shapes.js');
  const { openTokenizer } = await import('../open-tokenizer.js');
  const { config, tokenizer, limits } = await openTokenizer(options, io);
  const tokenize = ({ query, document }: DatasetPair) => tokenizer.placePair(query, document, limits);
  return pairs.map((pair) => shapesOf(pair, tokenize(pair).tokens, options.names, config));
}

async function traceDataset(
  { names, pool = 'first', out = '', shardPairs, ...options }: TraceCommandOptions,
  dataset: string,
  io: Io,
): Promise<number> {
  const reporter = new Reporter(io, options.quiet);
  const inspector = await loadInspector(options, io, reporter);
  let before = 0;
  const { pairs, shards } = await inspector.traceDataset(readPairs(dataset, io), {
    folder: out,
    names,
    pool,
    shardPairs,
    signal: io.signal,
    onProgress: ({ pairs, pairsBefore }) => {
      before = pairsBefore;
      reporter.status(() => formatPlural(pairs, 'pair'));
    },
  });
  const resumed = before === 0 ? '' : `, ${formatCount(before)} of them before`;
  reporter.note(
    `${formatPlural(pairs, 'pair')} in ${formatPlural(shards.length, 'shard')}${resumed}: ${out}/index.json`,
  );
  return EXIT.ok;
}

/** `4.3` is head 3 of layer 4, `4` all of layer 4. */
async function ablations(places: readonly string[], { config }: Inspector): Promise<Hooks[]> {
  const { ablateHeads, skipLayers } = await import('../../inspection/trace/interventions.js');
  const { numHiddenLayers, numAttentionHeads } = config;
  const parsed = places.map((place) => {
    const [, layer, head] = /^(\d+)(?:\.(\d+))?$/.exec(place) ?? [];
    if (layer === undefined || Number(layer) >= numHiddenLayers || Number(head ?? 0) >= numAttentionHeads) {
      throw new UsageError(
        `--ablate ${place} is not in this model: use LAYER (0 to ${numHiddenLayers - 1}) or LAYER.HEAD (0 to ` +
          `${numAttentionHeads - 1}).`,
      );
    }
    return { layer: Number(layer), head: head === undefined ? undefined : Number(head) };
  });
  return [
    ablateHeads(parsed.flatMap(({ layer, head }) => (head === undefined ? [] : [[layer, head] as const]))),
    skipLayers(parsed.flatMap(({ layer, head }) => (head === undefined ? [layer] : []))),
  ];
}
