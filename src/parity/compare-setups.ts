import type { ModelInfo, ModelOptions, TextPair } from '../engine/types.js';
import { InputError } from '../errors/errors.js';
import { findOrderChanges } from '../math/order-changes.js';
import { type ActivationName, listActivations } from '../model/activations.js';
import { RemoteModel } from '../process/remote-model.js';
import { type ActivationDistance, activationDistance, worstOf } from './activation-distance.js';

/** A model and how it is run. */
export interface Setup {
  readonly model: string | undefined;
  readonly options: ModelOptions;
}

/** One backend and dtype, compared with the first one. */
export interface SetupComparison {
  readonly info: ModelInfo;
  /** Distance from the first setup by activation, in the order of a forward pass. */
  readonly activations: readonly { readonly name: ActivationName; readonly distance: ActivationDistance }[];
  /** The largest distance of each activation in each pair, [activations][pairs]. */
  readonly byPair: readonly (readonly number[])[];
  /** [pairs][labels] */
  readonly logits: readonly (readonly number[])[];
  /** Couples of pairs with the same query whose order differs from the first setup's. */
  readonly orderChanges: readonly (readonly [number, number])[];
}

/** Several setups of one model on the same pairs. */
export interface SetupsReport {
  readonly reference: ModelInfo;
  /** The reference's logits, [pairs][labels]. */
  readonly logits: readonly (readonly number[])[];
  readonly others: readonly SetupComparison[];
}

/** A request to a process: the activations of one pair, which is computed by itself. */
export interface CaptureCall {
  readonly inputIds: Int32Array;
  readonly names: readonly ActivationName[];
}

/** The answer of a process. */
export interface CapturedPair {
  /** [labels] */
  readonly logits: readonly number[];
  /** In the order of the names. */
  readonly activations: readonly Float32Array[];
}

const ENTRY = new URL('./compare-entry.js', import.meta.url);
/** The output of each layer, and everything of the head. */
const COMPARED = /^embeddings\.LayerNorm$|\.\d+\.output\.LayerNorm$|^classifier\./;

/**
 * Runs the same pairs on several backends and dtypes, each in its own process, and compares each with the first, layer
 * by layer.
 *
 * @param setups at least two.
 * @throws what loading throws, for the first setup that cannot be loaded; ModelUnavailableError.
 */
export async function compareSetups(
  setups: readonly Setup[],
  pairs: readonly TextPair[],
  { signal, onPair }: { signal?: AbortSignal; onPair?: (done: number) => void } = {},
): Promise<SetupsReport> {
  if (setups.length < 2 || pairs.length === 0) {
    throw new InputError('A comparison needs at least two setups and one pair.');
  }
  const opening = setups.map(({ model, options }) =>
    RemoteModel.open(model, options, { entry: ENTRY, signal }),
  );
  const opened = await Promise.allSettled(opening);
  const models = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = (): void => {
    for (const model of models) {
      model.dispose();
    }
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const failed = opened.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
    signal?.throwIfAborted();
    return await comparePairs(models, pairs, onPair);
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

async function comparePairs(
  models: readonly RemoteModel[],
  pairs: readonly TextPair[],
  onPair?: (done: number) => void,
): Promise<SetupsReport> {
  const [first] = models as [RemoteModel];
  const names = listActivations(first.config).flatMap(({ name }) => (COMPARED.test(name) ? [name] : []));
  const logits = models.map((): number[][] => []);
  const distances = models.map(() => names.map((): ActivationDistance[] => []));
  for (const [index, pair] of pairs.entries()) {
    const [inputIds = new Int32Array()] = first.encodeIds([pair]);
    const call: CaptureCall = { inputIds, names };
    const captured = await Promise.all(models.map((model) => model.ask<CapturedPair>('capture', call)));
    const [reference] = captured as [CapturedPair];
    for (const [i, { logits: ours, activations }] of captured.entries()) {
      logits[i]?.push([...ours]);
      for (const [j, expected] of reference.activations.entries()) {
        distances[i]?.[j]?.push(activationDistance(expected, activations[j] ?? []));
      }
    }
    onPair?.(index + 1);
  }
  const [reference = [], ...others] = logits;
  const queries = pairs.map(({ query }) => query);
  /** A classifier with several labels orders nothing. */
  const orderChanges = (ours: readonly (readonly number[])[]): [number, number][] =>
    first.config.numLabels === 1
      ? findOrderChanges(reference.flat(), ours.flat(), queries).changes.map((change) => [
          change.first,
          change.second,
        ])
      : [];
  return {
    reference: first.info,
    logits: reference,
    others: others.map((ours, i) => ({
      info: (models[i + 1] as RemoteModel).info,
      activations: names.map((name, j) => ({ name, distance: worstOf(distances[i + 1]?.[j] ?? []) })),
      byPair: names.map((_, j) => (distances[i + 1]?.[j] ?? []).map(({ max }) => max)),
      logits: ours,
      orderChanges: orderChanges(ours),
    })),
  };
}
