import { tensor } from '@tensorflow/tfjs-core';
import type { Model } from '../../engine/model.js';
import { BackendUnavailableError, InputError } from '../../errors/errors.js';
import { type ActivationName, type Dimension, listActivations } from '../../model/activation-names.js';
import type { Observer } from '../../model/activations.js';
import type { ModelConfig } from '../../model/config/model-config.js';
import type { PlacedToken } from '../../tokenizer/tokenized.js';
import type { ResolvedHooks } from './hooks.js';
import { putRow, rowShape, takeRow } from './row-of-batch.js';

/** One sequence of a batch, with its hooks. */
export interface HookedSequence {
  readonly inputIds: ArrayLike<number>;
  readonly tokens: readonly PlacedToken[];
  readonly hooks: ResolvedHooks;
}

/**
 * The observer that passes each sequence's activations to its hooks and replaces them by the returned values.
 *
 * @returns undefined if no sequence has a hook.
 * @throws BackendUnavailableError if values cannot be read during a pass.
 */
export function createHookObserver(
  { config, info }: Pick<Model, 'config' | 'info'>,
  sequences: readonly HookedSequence[],
): Observer | undefined {
  const wanted = new Set<ActivationName>(sequences.flatMap(({ hooks }) => [...hooks.keys()]));
  if (wanted.size === 0) {
    return undefined;
  }
  if (info.backend.name === 'webgpu') {
    throw new BackendUnavailableError(
      'Hooks read activations during a forward pass, which is not possible on a GPU. Use the backend node, wasm or cpu.',
    );
  }
  const dimensionsOf = new Map(listActivations(config).map(({ name, dimensions }) => [name, dimensions]));
  return {
    wants: (name) => wanted.has(name),
    observe: (name, seen) => {
      const dimensions = dimensionsOf.get(name) as readonly Dimension[];
      const values = seen.dataSync<'float32'>().slice();
      const array = { dimensions, shape: seen.shape, data: values };
      let changed = false;
      for (const [row, sequence] of sequences.entries()) {
        const returned = applyHooks(name, array, row, sequence, config);
        if (returned !== undefined) {
          putRow(array, row, sequence.inputIds.length, returned);
          changed = true;
        }
      }
      return changed ? tensor(values, seen.shape) : seen;
    },
  };
}

/** The result of one sequence's hooks, one after the other; undefined if all leave the activation unchanged. */
function applyHooks(
  name: ActivationName,
  array: Parameters<typeof takeRow>[0],
  row: number,
  { inputIds, tokens, hooks }: HookedSequence,
  config: ModelConfig,
): Float32Array | undefined {
  const dimensions = array.dimensions.slice(1);
  const shape = rowShape(array, inputIds.length);
  let result: Float32Array | undefined;
  for (const hook of hooks.get(name) ?? []) {
    const data = (result ?? takeRow(array, row, inputIds.length)).slice();
    const returned = hook({ name, dimensions, shape, data, tokens, config });
    if (returned !== undefined && returned.length !== data.length) {
      throw new InputError(
        `The hook of "${name}" returned ${returned.length} values; [${shape.join(', ')}] has ${data.length}.`,
      );
    }
    result = returned ?? result;
  }
  return result;
}
