import type { ActivationName, Dimension } from '../../model/activation-names.js';
import type { ModelConfig } from '../../model/config/model-config.js';
import type { PlacedToken } from '../../tokenizer/tokenized.js';
import { selectActivations } from './activation-globs.js';

/** One pair's activation during a forward pass. */
export interface HookedActivation {
  readonly name: ActivationName;
  /** The meaning of each dimension of `shape`. */
  readonly dimensions: readonly Dimension[];
  /** Without batch and padding, as in `trace`. */
  readonly shape: readonly number[];
  /** Row-major; a copy, so that changing it has no effect unless it is returned. */
  readonly data: Float32Array;
  /** The pair's tokens, one for each position of `seq`. */
  readonly tokens: readonly PlacedToken[];
  readonly config: ModelConfig;
}

/**
 * Sees an activation during the forward pass and may replace it: the pass continues with the returned values, as many
 * as `data` has, or unchanged if undefined is returned. The call is synchronous.
 */
export type Hook = (activation: HookedActivation) => Float32Array | undefined;

/** Hooks by pattern of activation names, as in `trace`. */
export type Hooks = Readonly<Record<string, Hook>>;

/** Hooks by the name of each activation, in the order in which they are called. */
export type ResolvedHooks = ReadonlyMap<ActivationName, readonly Hook[]>;

/**
 * Finds the activations that the patterns match. Several sets of hooks are applied one after the other.
 *
 * @throws InputError if a pattern matches nothing.
 */
export function resolveHooks(
  hooks: Hooks | readonly Hooks[] = [],
  config: Pick<ModelConfig, 'numHiddenLayers'>,
): ResolvedHooks {
  const resolved = new Map<ActivationName, Hook[]>();
  for (const set of [hooks].flat() as readonly Hooks[]) {
    for (const [glob, hook] of Object.entries(set)) {
      for (const { name } of selectActivations(glob, config)) {
        resolved.set(name, [...(resolved.get(name) ?? []), hook]);
      }
    }
  }
  return resolved;
}
