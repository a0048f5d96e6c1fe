import { keep, type Tensor } from '@tensorflow/tfjs-core';
import { createBatch } from '../../batching/batch.js';
import type { Model } from '../../engine/model.js';
import type { ActivationName, Observer } from '../../model/activations.js';

/** An activation as a plain array. */
export interface CapturedActivation {
  readonly name: ActivationName;
  /** In the order of the reference's dimensions; with padding. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The results of one traced forward pass. */
export interface Captured {
  /** [batch x labels] */
  readonly logits: Float32Array;
  /** In the order of the forward pass. */
  readonly activations: ReadonlyMap<ActivationName, CapturedActivation>;
}

/**
 * Runs one batch and copies the named activations to plain arrays; nothing else is kept.
 *
 * @param sequences token ids, padded to the longest of them: one forward pass.
 * @param observer an intervention that runs before the capture; the activations that it returns are captured.
 */
export async function capture(
  { classifier, config }: Pick<Model, 'classifier' | 'config'>,
  sequences: readonly ArrayLike<number>[],
  names: ReadonlySet<ActivationName>,
  observer?: Observer,
): Promise<Captured> {
  const kept = new Map<ActivationName, Tensor>();
  const capturing: Observer = {
    wants: (name) => names.has(name) || (observer?.wants(name) ?? false),
    observe: (name, tensor) => {
      const seen = observer?.wants(name) ? observer.observe(name, tensor) : tensor;
      if (names.has(name)) {
        kept.set(name, keep(seen.clone()));
      }
      return seen;
    },
  };
  let logits: Tensor | undefined;
  try {
    logits = classifier.forward(createBatch(sequences, config.padTokenId), capturing);
    const activations = new Map<ActivationName, CapturedActivation>();
    for (const [name, tensor] of kept) {
      activations.set(name, { name, shape: tensor.shape, data: await tensor.data<'float32'>() });
    }
    return { logits: await logits.data<'float32'>(), activations };
  } finally {
    logits?.dispose();
    for (const tensor of kept.values()) {
      tensor.dispose();
    }
  }
}
