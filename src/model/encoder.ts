import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { WeightScope } from '../weights/weight-scope.js';
import { type LayerPath, ROWS_PER_TOKEN } from './activations.js';
import type { ModelConfig } from './config/model-config.js';
import { EncoderLayer, takeFirstTokens } from './encoder-layer.js';
import type { ForwardContext } from './forward-context.js';

/**
 * The stack of layers, XLMRobertaEncoder in transformers. It returns only the first token of each sequence, because
 * the head reads nothing else.
 *
 * hidden states [batch x seq, hidden] -> first tokens [batch, hidden].
 */
export class Encoder {
  private constructor(private readonly layers: readonly EncoderLayer[]) {}

  static load(scope: WeightScope, config: ModelConfig): Encoder {
    const layers = Array.from({ length: config.numHiddenLayers }, (_, i) =>
      EncoderLayer.load(scope.in(`layer.${i}`), config, `encoder.layer.${i}`),
    );
    return new Encoder(layers);
  }

  forward(embeddings: Tensor2D, context: ForwardContext): Tensor2D {
    let hiddenStates = embeddings; // [batch x seq, hidden]
    for (const [i, layer] of this.layers.entries()) {
      // The last layer computes only what the first token needs, unless its other rows are observed.
      const rowsPerToken = i < this.layers.length - 1 || wantsRowsPerToken(`encoder.layer.${i}`, context);
      hiddenStates = layer.forward(hiddenStates, rowsPerToken ? context.seq : 1, context);
    }
    return takeFirstTokens(hiddenStates, context.batch);
  }

  dispose(): void {
    for (const layer of this.layers) {
      layer.dispose();
    }
  }
}

function wantsRowsPerToken(path: LayerPath, context: ForwardContext): boolean {
  return ROWS_PER_TOKEN.some((name) => context.wants(`${path}.${name}`));
}
