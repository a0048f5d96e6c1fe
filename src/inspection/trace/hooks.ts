import type { ActivationName, Dimension } from '../../model/activation-names.js';
import type { ModelConfig } from '../../model/config/model-config.js';
import type { PlacedToken } from '../../tokenizer/tokenized.js';
import { selectActivations } from './activation-globs.js';

/** One pair's activation in the middle of a forward pass. */
export interface HookedActivation {
  readonly name: ActivationName;
  /** What each dimension of `shape` is. */
  readonly dimensions: readonly Dimension[];
  /** Without batch and padding, as `trace` gives it. */
  readonly shape: readonly number[];
  /** Row-major; a copy, so that changing it changes nothing but what is returned. */
  readonly data: Float32Array;
  /** The pair's tokens: what the positions of `seq` are. */
  readonly tokens: readonly PlacedToken[];
  readonly config: ModelConfig;
}

/**
 * Looks at an activation while the model computes, and may replace it: the pass goes on with the values returned, as
 * many as `data` has, or, where nothing is returned, as it was. Called at once: it cannot wait.
 */
export type Hook = (activation: HookedActivation) => Float32Array | undefined;

/** What to do at which activations; the names are patterns, as those of `trace`. */
export type Hooks = Readonly<Record<string, Hook>>;

/** Hooks by the name of each activation, in the order in which they are called. */
export type ResolvedHooks = ReadonlyMap<ActivationName, readonly Hook[]>;

/**
 * Looks up what the patterns name. Several sets are applied one after the other.
 *
 * @throws InputError when a pattern names nothing.
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
