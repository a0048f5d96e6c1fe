import { fused, type Tensor1D, type Tensor2D, transpose } from '@tensorflow/tfjs-core';
import type { WeightScope } from '../weights/weight-scope.js';

/** Sizes of a {@link Linear}. */
export interface LinearSizes {
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/**
 * y = x W^T + b, as `torch.nn.Linear`.
 *
 * x [tokens, inFeatures] -> y [tokens, outFeatures], float32. PyTorch stores W as [outFeatures, inFeatures]; it is
 * turned once, here, at load: products with a transposed operand run on slow paths (wasm by a factor of ten).
 */
export class Linear {
  private constructor(
    /** [inFeatures, outFeatures] */
    private readonly weight: Tensor2D,
    /** [outFeatures] */
    private readonly bias: Tensor1D,
  ) {}

  static async load(scope: WeightScope, { inFeatures, outFeatures }: LinearSizes): Promise<Linear> {
    const [weight, bias] = await Promise.all([
      scope.tensor<Tensor2D>('weight', [outFeatures, inFeatures], transpose),
      scope.tensor<Tensor1D>('bias', [outFeatures]),
    ]);
    return new Linear(weight, bias);
  }

  forward(x: Tensor2D): Tensor2D {
    return fused.matMul({ a: x, b: this.weight, bias: this.bias }) as Tensor2D;
  }

  dispose(): void {
    this.weight.dispose();
    this.bias.dispose();
  }
}
