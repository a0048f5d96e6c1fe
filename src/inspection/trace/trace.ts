import { setImmediate } from 'node:timers/promises';
import { planBatches } from '../../batching/planner.js';
import type { Model } from '../../engine/model.js';
import type { TextPair } from '../../engine/types.js';
import { InternalError } from '../../errors/errors.js';
import type { Activation } from '../../model/activation-names.js';
import { selectActivations } from './activation-globs.js';
import { createHookObserver, type HookedSequence } from './apply-hooks.js';
import { type Captured, type CapturedActivation, capture } from './capture.js';
import { resolveHooks } from './hooks.js';
import { rowShape, takeRow } from './row-of-batch.js';
import type { TracedActivation, TracedPair, TraceOptions } from './traced.js';

/** The results of one sequence. */
export interface TracedSequence {
  /** Its place among those given. */
  readonly index: number;
  /** [labels] */
  readonly logits: readonly number[];
  readonly activations: ReadonlyMap<string, TracedActivation>;
}

/**
 * Runs sequences in batches and returns the named activations of each as plain arrays without padding. Nothing else is
 * kept: a caller that takes one sequence after the other never holds more than a batch.
 *
 * @returns each sequence once, in the order of the batches, the longest first.
 */
export async function* traceSequences(
  model: Model,
  sequences: readonly HookedSequence[],
  activations: readonly Activation[],
  signal?: AbortSignal,
): AsyncGenerator<TracedSequence> {
  const names = new Set(activations.map(({ name }) => name));
  const lengths = sequences.map(({ inputIds }) => inputIds.length);
  for (const indices of planBatches(lengths, model.maxBatchTokens)) {
    signal?.throwIfAborted();
    const batch = indices.map((index) => sequences[index] as HookedSequence);
    const observer = createHookObserver(model, batch);
    const captured = await capture(
      model,
      batch.map(({ inputIds }) => inputIds),
      names,
      observer,
    );
    for (const [row, index] of indices.entries()) {
      yield { index, ...takeSequence(captured, activations, row, indices.length, lengths[index] as number) };
    }
    await setImmediate(); // lets the event loop run, so that abort signals arrive
  }
}

function takeSequence(
  { logits, activations }: Captured,
  wanted: readonly Activation[],
  row: number,
  rows: number,
  length: number,
): Omit<TracedSequence, 'index'> {
  const labels = logits.length / rows;
  return {
    logits: Array.from(logits.subarray(row * labels, (row + 1) * labels)),
    activations: new Map(
      wanted.map(({ name, dimensions }) => {
        const array = { ...(activations.get(name) as CapturedActivation), dimensions };
        const shape = rowShape(array, length);
        return [name, { name, dimensions: dimensions.slice(1), shape, data: takeRow(array, row, length) }];
      }),
    ),
  };
}

/** The named activations of one sequence of token ids. @throws InputError if a pattern matches nothing. */
export async function traceIds(
  model: Model,
  inputIds: Int32Array,
  names: string | readonly string[],
): Promise<Omit<TracedSequence, 'index'>> {
  const activations = selectActivations(names, model.config);
  const sequence = { inputIds, tokens: [], hooks: new Map() };
  for await (const traced of traceSequences(model, [sequence], activations)) {
    return traced;
  }
  throw new InternalError('A sequence was not traced.');
}

/**
 * The same for pairs of texts, in the order of the batches.
 *
 * @throws InputError if a pattern matches nothing, or a hook returns values of the wrong length.
 */
export async function* tracePairs(
  model: Model,
  pairs: readonly TextPair[],
  { names = [], hooks, signal }: TraceOptions = {},
): AsyncGenerator<{ readonly index: number; readonly traced: TracedPair }> {
  const activations = selectActivations(names, model.config);
  const resolved = resolveHooks(hooks, model.config);
  const placed = pairs.map((pair) => model.placeTokens(pair));
  const sequences = placed.map(({ inputIds, tokens }) => ({ inputIds, tokens, hooks: resolved }));
  for await (const { index, ...found } of traceSequences(model, sequences, activations, signal)) {
    const { query, document } = pairs[index] as TextPair;
    const { tokens } = placed[index] as (typeof placed)[number];
    yield { index, traced: { query, document, tokens, ...found } };
  }
}

/** All pairs, in input order. */
export async function trace(
  model: Model,
  pairs: readonly TextPair[],
  options: TraceOptions = {},
): Promise<TracedPair[]> {
  const results = new Array<TracedPair>(pairs.length);
  for await (const { index, traced } of tracePairs(model, pairs, options)) {
    results[index] = traced;
  }
  return results;
}
