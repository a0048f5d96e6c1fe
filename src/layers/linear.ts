import {
  concat,
  fused,
  mul,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  transpose,
} from '@tensorflow/tfjs-core';
import type { FusedActivation, Kernels, LinearKernel } from '../tensor/kernels.js';
import type { WeightScope } from '../weights/weight-scope.js';
import { gelu } from './activation.js';

/** Sizes of a {@link Linear}. */
export interface LinearSizes {
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/** One of several linear layers that are joined into one. */
export interface JoinedPart {
  /** Its name in the scope. */
  readonly name: string;
  /** What its output is multiplied by: folded into weight and bias. */
  readonly scale?: number;
}

const PLAIN: LinearKernel = {
  prepare: (weight, bias) => [weight, bias],
  forward: (x, prepared, activation) => {
    const [weight, bias] = prepared as readonly [Tensor2D, Tensor1D];
    const y = fused.matMul({ a: x, b: weight, bias }) as Tensor2D;
    return activation === 'gelu' ? gelu(y) : y;
  },
};

/**
 * y = x W^T + b, as `torch.nn.Linear`, and the activation that follows it where one is asked for.
 *
 * x [tokens, inFeatures] -> y [tokens, outFeatures]. PyTorch stores W as [outFeatures, inFeatures]; it is turned
 * once, here, at load: products with a transposed operand run on slow paths (wasm by a factor of ten).
 */
export class Linear {
  private constructor(
    /** What the kernel that loaded them made of W and b. */
    private readonly prepared: readonly Tensor[],
  ) {}

  static async load(
    scope: WeightScope,
    sizes: LinearSizes,
    kernels: Kernels = scope.kernels,
  ): Promise<Linear> {
    return Linear.loadJoined(scope, [{ name: '' }], sizes, kernels);
  }

  /** Several layers of the same sizes on the same x as one: y is their outputs side by side. */
  static async loadJoined(
    scope: WeightScope,
    parts: readonly JoinedPart[],
    { inFeatures, outFeatures }: LinearSizes,
    { linear = PLAIN }: Kernels = scope.kernels,
  ): Promise<Linear> {
    const path = ({ name }: JoinedPart, parameter: string) =>
      name === '' ? parameter : `${name}.${parameter}`;
    const shapes = Object.fromEntries(
      parts.flatMap((part) => [
        [path(part, 'weight'), [outFeatures, inFeatures]],
        [path(part, 'bias'), [outFeatures]],
      ]),
    );
    return new Linear(
      await scope.tensors(shapes, (tensors) => {
        const take = <T extends Tensor>(parameter: string): T[] =>
          parts.map((part) => {
            const stored = tensors[path(part, parameter)] as T;
            return part.scale === undefined ? stored : mul(stored, part.scale);
          });
        const weight = transpose(joined(take<Tensor2D>('weight'))); // [inFeatures, outFeatures x parts]
        return linear.prepare(weight, joined(take<Tensor1D>('bias')));
      }),
    );
  }

  /** @param kernels those of the model, or plain ones where a gradient is wanted. */
  forward(x: Tensor2D, { linear = PLAIN }: Kernels, activation?: FusedActivation): Tensor2D {
    return linear.forward(x, this.prepared, activation);
  }

  dispose(): void {
    for (const tensor of this.prepared) {
      tensor.dispose();
    }
  }
}

/** Along the first dimension, the outFeatures of PyTorch's layout. */
function joined<T extends Tensor>(tensors: readonly T[]): T {
  return tensors.length === 1 ? (tensors[0] as T) : concat([...tensors], 0);
}
