import { type Tensor2D, tanh } from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels/kernels.js';
import { PLAIN_KERNELS } from '../kernels/plain.js';
import type { WeightScope } from '../weights/weight-scope.js';
import type { ModelConfig } from './config/model-config.js';
import type { ForwardContext } from './forward-context.js';
import { Linear } from './layers/linear.js';

/**
 * out_proj(tanh(dense(first token))), XLMRobertaClassificationHead in transformers: no pooler before it, nothing
 * after it. How the logits are to be read (one: a relevance; several: classes) is decided elsewhere.
 *
 * first tokens [batch, hidden] -> logits [batch, labels]. It computes in float32 whatever the dtype of the model: it is
 * small, and no later layer would even out an error.
 */
export class ClassificationHead {
  private constructor(
    private readonly dense: Linear,
    private readonly outProj: Linear,
  ) {}

  static load(scope: WeightScope, config: ModelConfig): ClassificationHead {
    const { hiddenSize: inFeatures, numLabels } = config;
    const kernels = inFloat32(scope.kernels);
    return new ClassificationHead(
      Linear.load(scope.in('dense'), { inFeatures, outFeatures: inFeatures }, kernels),
      Linear.load(scope.in('out_proj'), { inFeatures, outFeatures: numLabels }, kernels),
    );
  }

  forward(firstTokens: Tensor2D, context: ForwardContext): Tensor2D {
    const kernels = inFloat32(context.kernels);
    const projected = context.observe('classifier.dense', this.dense.forward(firstTokens, kernels)); // [batch, hidden]
    const squashed = context.observe('classifier.tanh', tanh(projected)); // [batch, hidden]
    return context.observe('classifier.out_proj', this.outProj.forward(squashed, kernels)); // [batch, labels]
  }

  dispose(): void {
    this.dense.dispose();
    this.outProj.dispose();
  }
}

function inFloat32(kernels: Kernels): Kernels {
  return kernels.dtype === 'float32' ? kernels : PLAIN_KERNELS;
}
