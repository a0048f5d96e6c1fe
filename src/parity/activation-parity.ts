import path from 'node:path';
import type { Model } from '../engine/model.js';
import { InputError } from '../errors/errors.js';
import { capture } from '../inspection/trace/capture.js';
import { largestOf } from '../math/extremes.js';
import { type ActivationName, listActivations } from '../model/activations.js';
import { type ActivationDistance, activationDistance, worstOf } from './activation-distance.js';
import { readActivations } from './activation-file.js';
import type { GoldenPair } from './golden.js';
import { likelyCause } from './likely-cause.js';

/** One activation over all pairs of a golden. */
export interface ActivationParity {
  readonly name: ActivationName;
  /** Our distance from the reference: from its float64 if the golden has it, else from its float32. */
  readonly distance: ActivationDistance;
  /** The largest distance of the reference's float32 from its float64, if the golden has both. */
  readonly noise: number | undefined;
  /** The largest distance that is allowed for ours. */
  readonly allowed: number;
  /** The largest distance of each pair, in the golden's order. */
  readonly byPair: readonly number[];
  readonly within: boolean;
}

/** The activations of a model compared with the reference's, in the order of a forward pass. */
export interface ActivationReport {
  readonly activations: readonly ActivationParity[];
  /** The first activation that exceeds its tolerance, the first pair with which it does, and the likely cause. */
  readonly firstOut:
    | { readonly name: ActivationName; readonly pair: number; readonly likelyCause: string }
    | undefined;
}

/**
 * The allowed distance from float64, in distances of PyTorch's own float32. Measured over all activations of mini-en-zh
 * and of a random base: wasm and node use at most half of it, and the faults of test/model/model.sabotage.test.ts are
 * far beyond it.
 */
const NOISE_FACTOR = 8;
/** The distance allowed for rounding if the reference's noise is zero or unknown, relative to the largest value. */
const ROUNDING = { withNoise: 2e-6, withoutNoise: 1e-4 };

/** Whether a golden has activations for all of its pairs. */
export function hasActivations(pairs: readonly GoldenPair[]): boolean {
  return pairs.every(({ activationFiles }) => activationFiles !== undefined);
}

/**
 * Runs each pair of a golden by itself and compares every activation with the reference's.
 *
 * @param folder of the golden; the paths of its activation files are relative to it.
 * @param inputIds one sequence per pair, of the length that the golden gives.
 * @throws InputError if a file lacks an activation or has another shape: the golden belongs to another model.
 */
export async function compareActivations(
  model: Pick<Model, 'classifier' | 'config'>,
  pairs: readonly GoldenPair[],
  inputIds: readonly ArrayLike<number>[],
  folder: string,
  onPair?: (done: number) => void,
): Promise<ActivationReport> {
  const names = listActivations(model.config).map(({ name }) => name);
  const distances = new Map(names.map((name) => [name, [] as ActivationDistance[]]));
  const noises = new Map(names.map((name) => [name, [] as number[]]));
  const causes = new Map<ActivationName, { pair: number; likelyCause: string }>();
  for (const [index, pair] of pairs.entries()) {
    const reference = await readPair(pair, folder);
    const { activations } = await capture(model, [inputIds[index] as ArrayLike<number>], new Set(names));
    for (const name of names) {
      const { expected, float32, shape } = reference(name);
      const ours = activations.get(name);
      if (ours === undefined || String(ours.shape) !== String(shape)) {
        throw new InputError(
          `Pair ${index} of the golden: activation "${name}" has shape [${shape}], the model's has [${ours?.shape}]. ` +
            'The golden belongs to another model, or the token ids differ.',
        );
      }
      const distance = activationDistance(expected, ours.data);
      const noise = float32 && activationDistance(expected, float32).max;
      distances.get(name)?.push(distance);
      if (noise !== undefined) {
        noises.get(name)?.push(noise);
      }
      const allowed = allowance(distance.magnitude, noise);
      if (!(distance.max <= allowed) && !causes.has(name)) {
        const rowSize = shape.at(-1) ?? 1;
        const cause = likelyCause({ name, expected, actual: ours.data, rowSize, allowed });
        causes.set(name, { pair: index, likelyCause: cause });
      }
    }
    onPair?.(index + 1);
  }
  const activations = names.map((name): ActivationParity => {
    const all = distances.get(name) ?? [];
    const noise = noises.get(name)?.length === pairs.length ? largestOf(noises.get(name) ?? []) : undefined;
    const distance = worstOf(all);
    const allowed = allowance(distance.magnitude, noise);
    return {
      name,
      distance,
      noise,
      allowed,
      byPair: all.map(({ max }) => max),
      within: distance.max <= allowed,
    };
  });
  const first = activations.find(({ within }) => !within);
  const cause = first && causes.get(first.name);
  return { activations, firstOut: first && cause && { name: first.name, ...cause } };
}

function allowance(magnitude: number, noise: number | undefined): number {
  return noise === undefined
    ? ROUNDING.withoutNoise * magnitude
    : Math.max(NOISE_FACTOR * noise, ROUNDING.withNoise * magnitude);
}

interface Reference {
  readonly shape: readonly number[];
  /** The reference's float64 if there is one, else its float32. */
  readonly expected: ArrayLike<number>;
  /** The reference's float32, if there is a float64 too. */
  readonly float32: ArrayLike<number> | undefined;
}

/** The reference's activations of one pair, by name. */
async function readPair(
  { activationFiles }: GoldenPair,
  folder: string,
): Promise<(name: ActivationName) => Reference> {
  if (activationFiles === undefined) {
    throw new InputError(
      'The golden has no activations; scripts/reference/make_golden.py --activations writes them.',
    );
  }
  const read = (file: string) => readActivations(path.join(folder, file));
  const float32 = await read(activationFiles.float32);
  const float64 = activationFiles.float64 === undefined ? undefined : await read(activationFiles.float64);
  return (name) => {
    const single = float32.get(name);
    const double = float64?.get(name);
    if (single === undefined || (float64 !== undefined && double === undefined)) {
      throw new InputError(
        `${activationFiles.float32} has no activation "${name}": the golden belongs to another model.`,
      );
    }
    return {
      shape: single.shape,
      expected: double?.values ?? single.values,
      float32: double && single.values,
    };
  };
}
