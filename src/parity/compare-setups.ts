import type { ScorerInfo, TextPair } from '../engine/scorer.js';
import { InputError } from '../errors/errors.js';
import type { ActivationName } from '../model/activations.js';
import { type ActivationDistance, activationDistance, worstOf } from './activation-distance.js';
import { type CapturedPair, CompareProcess, type OpenCall } from './compare-process.js';

/** One backend and dtype beside the first one. */
export interface SetupComparison {
  readonly info: ScorerInfo;
  /** From the first setup's, by activation, in the order of a forward pass. */
  readonly activations: readonly { readonly name: ActivationName; readonly distance: ActivationDistance }[];
  /** The largest distance of each activation in each pair, [activations][pairs]. */
  readonly byPair: readonly (readonly number[])[];
  /** [pairs][labels] */
  readonly logits: readonly (readonly number[])[];
  /** Couples of pairs of one query whose order is another than the first setup's. */
  readonly orderChanges: readonly (readonly [number, number])[];
}

/** Several setups of one model on the same pairs. */
export interface SetupsReport {
  readonly reference: ScorerInfo;
  /** The reference's logits, [pairs][labels]. */
  readonly logits: readonly (readonly number[])[];
  readonly others: readonly SetupComparison[];
}

/**
 * Runs the same pairs on several backends and dtypes, a process each, and compares each with the first, layer by layer.
 *
 * @param setups at least two.
 * @throws what loading throws, for the first setup that cannot be loaded; ModelUnavailableError.
 */
export async function compareSetups(
  setups: readonly OpenCall[],
  pairs: readonly TextPair[],
  { signal, onPair }: { signal?: AbortSignal; onPair?: (done: number) => void } = {},
): Promise<SetupsReport> {
  if (setups.length < 2 || pairs.length === 0) {
    throw new InputError('A comparison needs at least two setups and one pair.');
  }
  const started = await Promise.allSettled(setups.map((setup) => CompareProcess.start(setup)));
  const processes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = (): void => {
    for (const process of processes) {
      process.close();
    }
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const failed = started.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
    signal?.throwIfAborted();
    return await comparePairs(processes, pairs, onPair);
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

async function comparePairs(
  processes: readonly CompareProcess[],
  pairs: readonly TextPair[],
  onPair?: (done: number) => void,
): Promise<SetupsReport> {
  const [{ setup: first }] = processes as [CompareProcess];
  const logits = processes.map((): number[][] => []);
  const distances = processes.map(() => first.names.map((): ActivationDistance[] => []));
  for (const [index, pair] of pairs.entries()) {
    const captured = await Promise.all(processes.map((process) => process.capture(pair)));
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
  return {
    reference: first.info,
    logits: reference,
    others: others.map((ours, i) => ({
      info: (processes[i + 1] as CompareProcess).setup.info,
      activations: first.names.map((name, j) => ({ name, distance: worstOf(distances[i + 1]?.[j] ?? []) })),
      byPair: first.names.map((_, j) => (distances[i + 1]?.[j] ?? []).map(({ max }) => max)),
      logits: ours,
      orderChanges: findOrderChanges(pairs, reference, ours),
    })),
  };
}

/** Only what answers one query is ordered; classifiers with several labels order nothing. */
function findOrderChanges(
  pairs: readonly TextPair[],
  reference: readonly (readonly number[])[],
  ours: readonly (readonly number[])[],
): [number, number][] {
  const changes: [number, number][] = [];
  const gap = (logits: readonly (readonly number[])[], i: number, j: number): number =>
    (logits[i]?.[0] ?? Number.NaN) - (logits[j]?.[0] ?? Number.NaN);
  for (let i = 0; i < pairs.length && reference[0]?.length === 1; i++) {
    for (let j = i + 1; j < pairs.length; j++) {
      const sameQuery = pairs[i]?.query === pairs[j]?.query;
      if (sameQuery && Math.sign(gap(reference, i, j)) !== Math.sign(gap(ours, i, j))) {
        changes.push([i, j]);
      }
    }
  }
  return changes;
}
