import { concat, dispose, mul, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import type { FusedActivation, Kernels } from '../../kernels/kernels.js';
import type { Loaded, WeightScope } from '../../weights/weight-scope.js';

/** Sizes of a {@link Linear}. */
export interface LinearSizes {
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/** One of several linear layers that are joined into one. */
export interface JoinedPart {
  /** Its name in the scope. */
  readonly name: string;
  /** A factor for its output, which is folded into weight and bias. */
  readonly scale?: number;
}

/**
 * y = x W^T + b, as `torch.nn.Linear`, followed by an activation if one is given.
 *
 * x [tokens, inFeatures] -> y [tokens, outFeatures]. PyTorch stores W as [outFeatures, inFeatures]; the kernel brings it
 * into the form that it multiplies, once, at load.
 */
export class Linear {
  private constructor(
    /** W and b in the form that the kernel made of them. */
    private readonly weights: Loaded<readonly Tensor[]>,
  ) {}

  static load(scope: WeightScope, sizes: LinearSizes, kernels: Kernels = scope.kernels): Linear {
    return Linear.loadJoined(scope, [{ name: '' }], sizes, kernels);
  }

  /** Joins several layers of the same sizes that read the same x: y holds their outputs side by side. */
  static loadJoined(
    scope: WeightScope,
    parts: readonly JoinedPart[],
    { inFeatures, outFeatures }: LinearSizes,
    { linear }: Kernels = scope.kernels,
  ): Linear {
    const path = ({ name }: JoinedPart, parameter: string) =>
      name === '' ? parameter : `${name}.${parameter}`;
    const shapes = Object.fromEntries(
      parts.flatMap((part) => [
        [path(part, 'weight'), [outFeatures, inFeatures]],
        [path(part, 'bias'), [outFeatures]],
      ]),
    );
    const weights = scope.tensors(shapes, (tensors) => {
      const take = <T extends Tensor>(parameter: string): T[] =>
        parts.map((part) => {
          const stored = tensors[path(part, parameter)] as T;
          return part.scale === undefined ? stored : mul(stored, part.scale);
        });
      const weight = joined(take<Tensor2D>('weight')); // [outFeatures x parts, inFeatures]
      return linear.prepare(weight, joined(take<Tensor1D>('bias')));
    });
    return new Linear(weights);
  }

  /** @param kernels the kernels with which the layer was loaded. */
  forward(x: Tensor2D, { linear }: Kernels, activation?: FusedActivation): Tensor2D {
    return linear.forward(x, this.weights.value, activation);
  }

  dispose(): void {
    dispose([...this.weights.value]);
  }
}

/** Joins along the first dimension, which is outFeatures in PyTorch's layout. */
function joined<T extends Tensor>(tensors: readonly T[]): T {
  return tensors.length === 1 ? (tensors[0] as T) : concat([...tensors], 0);
}
